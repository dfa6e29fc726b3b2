package desk_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/desk"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/ui"
)

func entryOf(action string) journal.Entry { return journal.Entry{Action: action} }

func TestList_whatItDoesNotKnowIsRefusedAndShowsNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		h.caseload(2)
		for _, q := range []string{"dsek=action", "desk=maybe", "sort=colour", "after=%21%21", "nationality=Greece", "desk=action&desk=waiting", "stage=NOWHERE", "due=2026", "flag=rich", "owner=boss", "state=opened", "page=2", "limit=100000"} {
			for _, path := range []string{"/cases?", "/work?"} {
				a := h.get("counsellor", path+q)
				if strings.HasPrefix(q, "owner") && path == "/work?" {
					if a.status != http.StatusSeeOther {
						t.Errorf("%s%s: %d", path, q, a.status)
					}
					continue
				}
				if a.status != http.StatusUnprocessableEntity || numbers.MatchString(a.body) {
					t.Errorf("%s%s: status %d, cases shown: %v", path, q, a.status, numbers.FindAllString(a.body, 3))
				}
			}
		}
	})
}

// walk reads a list page by page through its links, as a person would.
func (h *house) walk(login, path string) (out []string) {
	h.t.Helper()
	next := regexp.MustCompile(`href="([^"]+)" rel="next"`)
	for range 100 {
		body := h.must(login, path)
		out = append(out, shown(body)...)
		m := next.FindStringSubmatch(body)
		if m == nil {
			return out
		}
		path = strings.ReplaceAll(m[1], "&amp;", "&")
	}
	h.t.Fatalf("%s has no end", path)
	return nil
}

func TestList_pagesAndCountsAgree(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		all := h.caseload(64) // more than a page
		for _, path := range []string{"/cases", "/work", "/cases?nationality=PK", "/cases?sort=-name&flag=attention", "/work?due=overdue"} {
			body := h.must("counsellor", path)
			counts := regexp.MustCompile(`(?s)<a href="([^"]+)"[^>]*><b>(\d+)</b>`).FindAllStringSubmatch(body, -1)
			if len(counts) != 4 {
				t.Fatalf("%s: %d counts", path, len(counts))
			}
			var n [4]int
			for i, c := range counts {
				n[i], _ = strconv.Atoi(c[2])
				got := h.walk("counsellor", strings.ReplaceAll(c[1], "&amp;", "&"))
				slices.Sort(got)
				if len(got) != n[i] || len(slices.Compact(got)) != n[i] {
					t.Errorf("%s, count %d says %d, the list behind it has %d (%d different)", path, i, n[i], len(got), len(slices.Compact(got)))
				}
			}
			if n[0]+n[1] != n[3] {
				t.Errorf("%s: %d need action and %d wait, but %d are open", path, n[0], n[1], n[3])
			}
			if path == "/cases" && n[3] != len(all) {
				t.Errorf("%d of %d cases are counted", n[3], len(all))
			}
		}
	})
}

func TestList_keysetVisitsEachCaseOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		h.caseload(40)
		rapid.Check(t, func(rt *rapid.T) {
			f := casefile.Filter{
				Sort:  rapid.SampledFrom([]string{"", "-due", "opened", "-opened", "stage", "-stage", "since", "-since", "name", "-name", "number", "-number"}).Draw(rt, "sort"),
				Desk:  rapid.SampledFrom([]string{"", casefile.NeedsAction, casefile.WaitingOnOthers}).Draw(rt, "desk"),
				Flag:  rapid.SampledFrom([]string{"", "attention"}).Draw(rt, "flag"),
				Owner: rapid.SampledFrom([]string{"", "me", "somebody"}).Draw(rt, "owner"),
			}
			size := rapid.IntRange(1, 17).Draw(rt, "page size")
			err := h.Gate.Read(ctx, h.Staff["counsellor"], casefile.PermView, func(ctx context.Context, r *gate.R) error {
				whole := f
				whole.Limit = 200
				want, err := h.Cases.List(ctx, r, whole)
				if err != nil {
					return err
				}
				var got []string
				paged := f
				paged.Limit = size
				for {
					p, err := h.Cases.List(ctx, r, paged)
					if err != nil {
						return err
					}
					for i := range p.Rows {
						got = append(got, p.Rows[i].ID)
					}
					if len(p.Rows) > 0 && p.Next != "" && p.Next != p.Rows[len(p.Rows)-1].Cursor() {
						rt.Fatal("the last row's place is not where the next page begins")
					}
					if p.Next == "" {
						break
					}
					paged.After = p.Next
				}
				var ids []string
				for i := range want.Rows {
					ids = append(ids, want.Rows[i].ID)
				}
				if !slices.Equal(got, ids) {
					rt.Fatalf("pages of %d gave %d rows, the whole list has %d", size, len(got), len(ids))
				}
				return nil
			})
			if err != nil {
				rt.Fatal(err)
			}
		})
	})
}

func TestCase_nextInListWalksTheList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		h.caseload(9)
		next := regexp.MustCompile(`href="(/cases/[^"]+)" rel="next"`)
		list := h.walk("counsellor", "/work?desk=action")
		at := ""
		for _, l := range links(h.must("counsellor", "/work?desk=action")) {
			if strings.Contains(l, "?list=") {
				at = l
				break
			}
		}
		var seen []string
		for range list {
			body := h.must("counsellor", at)
			seen = append(seen, numbers.FindString(body[strings.Index(body, "<h1>"):]))
			// Finishing the step takes the case out of its place; the list goes on all the same.
			id := regexp.MustCompile(`/cases/[^/]+/tasks/[^/]+/finish`).FindString(body)
			if a := h.send("counsellor", "POST", id, url.Values{"back": {at}}); a.status != http.StatusSeeOther || a.to != at {
				t.Fatalf("finish: %d to %s", a.status, a.to)
			}
			m := next.FindStringSubmatch(h.must("counsellor", at))
			if m == nil {
				break
			}
			at = strings.ReplaceAll(m[1], "&amp;", "&")
		}
		if !slices.Equal(seen, list) {
			t.Errorf("the list is %v, its cases lead through %v", list, seen)
		}
		if a := h.get("counsellor", strings.Split(at, "?")[0]+"?list=desk%3Dnonsense"); a.status != 200 || strings.Contains(a.body, `rel="next"`) {
			t.Errorf("a spoiled list leads somewhere: %d", a.status)
		}
	})
}

func TestScope_anotherOfficeLearnsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		c, _ := h.Family()
		err := h.Gate.Write(ctx, org.SystemID, casefile.PermMove, func(ctx context.Context, g *gate.W) error {
			c.DepartsOn = date("2026-03-04")
			if err := casefile.Save(ctx, g, &c); err != nil {
				return err
			}
			return casefile.Record(ctx, g, c, entryOf("case.edited"))
		})
		if err != nil {
			t.Fatal(err)
		}
		if body := h.must("counsellor", "/calendar?week=2026-W10"); !strings.Contains(body, c.No) {
			t.Error("the departure is not in the calendar")
		}
		for _, path := range []string{"/cases", "/work", "/cases?state=any", "/calendar?week=2026-W10", "/search?q=Testpour", "/search?q=" + c.No} {
			a := h.get("other", path)
			if a.status != 200 || strings.Contains(strings.ReplaceAll(a.body, "q="+c.No, ""), c.No+"<") || strings.Contains(a.body, "Amina") {
				t.Errorf("%s shows the other office's case (%d)", path, a.status)
			}
		}
		if body := h.must("other", "/cases"); strings.Count(body, "<b>0</b>") != 4 {
			t.Error("the counts tell of cases elsewhere")
		}
		if a := h.get("other", "/cases/"+c.ID); a.status != http.StatusNotFound {
			t.Errorf("the case itself: %d", a.status)
		}
		if n := h.Count(`SELECT COUNT(*) FROM journal WHERE action = 'access.refused' AND subject_id = $1`, c.ID); n != 1 {
			t.Errorf("%d attempts are in the journal", n)
		}
	})
}

func TestCase_readingAProtectedOneIsAnEntry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		c, _ := h.Family()
		views := func() int64 {
			return h.Count(`SELECT COUNT(*) FROM journal WHERE action = 'case.viewed' AND case_id = $1`, c.ID)
		}
		h.must("manager", "/cases/"+c.ID)
		if n := views(); n != 0 {
			t.Fatalf("an ordinary case left %d entries", n)
		}
		err := h.Gate.Write(ctx, org.SystemID, casefile.PermClassify, func(ctx context.Context, g *gate.W) error {
			c.Class = org.Child
			if err := casefile.Save(ctx, g, &c); err != nil {
				return err
			}
			return casefile.Record(ctx, g, c, entryOf("case.classified"))
		})
		if err != nil {
			t.Fatal(err)
		}
		h.must("manager", "/cases/"+c.ID)
		h.must("manager", "/cases/"+c.ID+"/household")
		if n := views(); n != 2 {
			t.Errorf("%d entries for two pages", n)
		}
		if a := h.get("counsellor", "/cases/"+c.ID); a.status != http.StatusNotFound {
			t.Errorf("without clearance: %d", a.status)
		}
		if n := views(); n != 2 {
			t.Errorf("%d entries after a refusal", n)
		}
	})
}

func TestCase_withdrawalIsTwoClicksAway(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	c, _ := h.Family()
	for _, tab := range []string{"", "/household", "/files", "/history", "/tasks", "/move"} {
		if !slices.Contains(links(h.must("counsellor", "/cases/"+c.ID+tab)), "/cases/"+c.ID+"/withdraw") {
			t.Errorf("no way to withdraw in %q", tab)
		}
	}
	if a := h.send("counsellor", "POST", "/cases/"+c.ID+"/withdraw", url.Values{"note": {""}}); a.status != 200 {
		t.Fatal(a.status, a.body)
	}
	body := h.must("counsellor", "/cases/"+c.ID)
	if !strings.Contains(body, "changed their mind on") || slices.Contains(links(body), "/cases/"+c.ID+"/withdraw") || !slices.Contains(links(body), "/cases/"+c.ID+"/reopen") {
		t.Error("the page does not say that they have withdrawn, with the way back")
	}
}

func TestSearch_isRecordedAndSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		c, _ := h.Family()
		if body := h.must("counsellor", "/search?q=testpour"); strings.Count(body, c.No) != 4 {
			t.Errorf("the family of four is shown with their case %d times", strings.Count(body, c.No))
		}
		if a := h.get("counsellor", "/search?q="+strings.ToLower(c.No)); a.to != "/cases/"+c.ID {
			t.Errorf("the whole number leads to %q (%d)", a.to, a.status)
		}
		if body := h.must("counsellor", "/search?q=Zzyzx"); !strings.Contains(body, "Nobody found") || !strings.Contains(body, "/persons/new") {
			t.Error("an empty result does not say what to do")
		}
		for q, want := range map[string]int{"": 200, "a": 422, strings.Repeat("a", 101): 422} {
			if a := h.get("counsellor", "/search?q="+q); a.status != want {
				t.Errorf("query of %d letters: %d", len(q), a.status)
			}
		}
		if n := h.Count(`SELECT COUNT(*) FROM journal WHERE action = 'search.done' AND actor = $1`, h.Staff["counsellor"]); n != 3 {
			t.Errorf("%d searches are in the journal, 3 were done", n)
		}
		var bodies [][]byte
		if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			bodies, err = db.All(ctx, tx, db.Value[[]byte], `SELECT body FROM journal WHERE action = 'search.done' ORDER BY seq`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, b := range bodies {
			if strings.Contains(string(b), "testpour") {
				t.Error("what was looked for lies open in the journal")
			}
		}
	})
}

func TestApprovals_nobodyDecidesAboutTheirOwn(t *testing.T) {
	h := open(t, dbtest.SQLite(t), func(h *house) {
		h.desk.Approvals = []desk.ApprovalSource{
			{Perm: "ledger.approve", List: func(ctx context.Context, r *gate.R) ([]desk.Approval, error) {
				if offices, all := r.Scope.Offices(); all || len(offices) != 1 {
					h.t.Error("asked without the scope of its permission")
				}
				return []desk.Approval{
					{Kind: "money", Person: ui.NameParts{Latin: "Own Request"}, Amount: money.Of(150000, "EUR"), AskedByID: h.Staff["supervisor"], AskedOn: date("2026-02-27"), Href: "/cases/x/money/1"},
					{Kind: "money", Person: ui.NameParts{Latin: "Other Request"}, Amount: money.Of(40000, "EUR"), AskedByID: h.Staff["caseworker"], AskedOn: date("2026-02-28"), Href: "/cases/x/money/2"}}, nil
			}},
			{Perm: "nobody.holds", List: func(context.Context, *gate.R) ([]desk.Approval, error) {
				h.t.Error("asked without the permission")
				return nil, nil
			}},
		}
	})
	body := h.must("supervisor", "/approvals")
	got := links(body)
	if slices.Contains(got, "/cases/x/money/1") || !slices.Contains(got, "/cases/x/money/2") || !strings.Contains(body, "You asked for this yourself") {
		t.Error("the reader's own request can be decided, or does not say why not")
	}
	if !strings.Contains(body, `<span class="badge">1</span>`) {
		t.Error("the menu does not count one decision")
	}
	if strings.Contains(h.must("counsellor", "/work"), "/approvals") {
		t.Error("who decides nothing is led to the approvals")
	}
}

func TestCalendar_showsSevenDaysAndRefusesOtherWeeks(t *testing.T) {
	h := open(t, dbtest.SQLite(t), func(h *house) {
		h.desk.Events = []desk.EventSource{{Perm: casefile.PermView, List: func(_ context.Context, _ *gate.R, from, to day.Date) ([]desk.Event, error) {
			return []desk.Event{{Kind: "flight", On: from.AddDays(2), Clock: "14:30", Text: "QR 204"}, {Kind: "flight", On: to.AddDays(1), Text: "QR 999"}}, nil
		}}}
	})
	body := h.must("counsellor", "/calendar?week=2026-W10")
	if strings.Count(body, `<h3>`) != 7 || !strings.Contains(body, "02/03/2026") || !strings.Contains(body, "08/03/2026") || !strings.Contains(body, "QR 204") || strings.Contains(body, "QR 999") {
		t.Error("not the seven days from 2 to 8 March with the flight of that week")
	}
	for _, week := range []string{"2026-W54", "2026-W00", "2026-10", "next", "2025-W53", "0001-W01"} {
		if a := h.get("counsellor", "/calendar?week="+week); a.status != http.StatusUnprocessableEntity {
			t.Errorf("week %s: %d", week, a.status)
		}
	}
}

func TestCase_whatIsMissingLeadsOnlyWhereTheReaderMayGo(t *testing.T) {
	h := open(t, dbtest.SQLite(t))
	c, _ := h.Family()
	pack := h.Packs.All()[0]
	for i := range pack.Stages {
		pack.Stages[i].Requires = []string{"photos"}
	}
	h.Cases.Conditions["photos"] = func(_ context.Context, _ *gate.R, c casefile.Case) ([]casefile.Unmet, error) {
		return []casefile.Unmet{{Key: "desk.nav.leads", Href: "/cases/" + c.ID + "/flags"}}, nil
	}
	err := h.Gate.Write(ctx, org.SystemID, casefile.PermMove, func(ctx context.Context, g *gate.W) error {
		c.DepartsOn = g.Today.AddDays(5)
		if err := casefile.Save(ctx, g, &c); err != nil {
			return err
		}
		return casefile.Record(ctx, g, c, entryOf("case.edited"))
	})
	if err != nil {
		t.Fatal(err)
	}
	for login, may := range map[string]bool{"counsellor": h.can("counsellor", casefile.PermClassify), "auditor": false, "manager": h.can("manager", casefile.PermClassify)} {
		body := h.must(login, "/cases/"+c.ID)
		_, after, _ := strings.Cut(body, `class="notice warn"`)
		notice, _, _ := strings.Cut(after, "subnav")
		if !strings.Contains(notice, "in 5 days") || !strings.Contains(body, "1 thing is missing") {
			t.Errorf("%s is not told what is missing before the departure", login)
		}
		if got := slices.Contains(links(notice), "/cases/"+c.ID+"/flags"); got != may {
			t.Errorf("%s is led to what is missing: %v, may go there: %v", login, got, may)
		}
		if strings.Count(body, `class="notice`) != 1 {
			t.Errorf("%s sees %d notices", login, strings.Count(body, `class="notice`))
		}
	}
}
