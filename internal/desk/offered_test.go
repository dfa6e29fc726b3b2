package desk_test

import (
	"context"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
)

// A case that another office handed over stands on the first page of whoever may take it on, and leads to where that is done;
// nobody else learns of it, and it is not answered by a tick.
func TestWork_showsWhatWasHandedOverToTheOffice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		c, _ := h.Family()
		h.At(c.ID, "POST_ARRIVAL")
		const title = "Handed over to your office"
		answer := `href="/cases/` + c.ID + `/hand-over"`
		if strings.Contains(h.must("reintegration", "/work"), title) {
			t.Error("something is handed over before anybody did it")
		}
		if err := h.Cases.SendHandOver(ctx, h.Staff["counsellor"], casefile.HandOver{CaseID: c.ID, To: h.Offices["islamabad"], Message: "They expect a call."}); err != nil {
			t.Fatal(err)
		}
		body := h.must("reintegration", "/work")
		for _, want := range []string{title, c.No, "Amina Testpour", answer, "Take over the case from the other office"} {
			if !strings.Contains(body, want) {
				t.Errorf("the page does not show %s", want)
			}
		}
		for _, page := range []string{"/cases", "/cases/" + c.ID, "/cases/" + c.ID + "/tasks"} {
			if !strings.Contains(h.must("reintegration", page), answer) {
				t.Errorf("%s does not lead to the answer", page)
			}
		}
		tasks := h.tasks(c.ID, casefile.HandOverTask)
		if len(tasks) != 1 {
			t.Fatalf("%d tasks to take the case on", len(tasks))
		}
		if body := h.must("reintegration", "/cases/"+c.ID) + h.must("reintegration", "/cases/"+c.ID+"/tasks"); strings.Contains(body, "/tasks/"+tasks[0]+"/finish") {
			t.Error("a hand-over can be ticked off without an answer")
		}
		for _, who := range []string{"counsellor", "manager", "other"} {
			if strings.Contains(h.must(who, "/work"), title) {
				t.Errorf("%s is shown what was handed over to another office", who)
			}
		}
		secret := func(class string) {
			if err := h.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `UPDATE casefile SET class = $1 WHERE id = $2`, class, c.ID)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		secret("protection")
		if body := h.must("reintegration", "/work"); strings.Contains(body, title) || strings.Contains(body, c.No) {
			t.Error("a protected case is shown to who is not cleared for it")
		}
		secret("normal")
		if err := h.Cases.AcceptHandOver(ctx, h.Staff["reintegration"], c.ID); err != nil {
			t.Fatal(err)
		}
		if body := h.must("reintegration", "/work"); strings.Contains(body, title) || !strings.Contains(body, c.No) {
			t.Error("taken on, it should stand among the reader's own cases and nowhere else")
		}
	})
}

// tasks are the open tasks of a case with a code.
func (h *house) tasks(caseID, code string) (out []string) {
	h.t.Helper()
	if err := h.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = db.All(ctx, tx, db.Value[string], `SELECT id FROM task WHERE case_id = $1 AND code = $2 AND done_at = ''`, caseID, code)
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return out
}
