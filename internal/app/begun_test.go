package app_test

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/id"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

func one(t *testing.T, h *house.House, query string, args ...any) (out string) {
	t.Helper()
	if err := h.App.DB.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = db.One(ctx, tx, db.Value[string], query, args...)
		return
	}); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return out
}

var fieldTag = regexp.MustCompile(`<input[^>]*>|(?s)<(?:select|textarea).*?</(?:select|textarea)>`)

// stands is what a form on a page holds: what a person who presses the button without touching a field would send.
func stands(t *testing.T, body string) url.Values {
	t.Helper()
	if i := strings.Index(body, "⟦"); i >= 0 {
		t.Errorf("a text is missing: %.60s", body[i:])
	}
	out := url.Values{}
	attr := func(tag, name string) string {
		m := regexp.MustCompile(`\b` + name + `="([^"]*)"`).FindStringSubmatch(tag)
		if m == nil {
			return ""
		}
		return m[1]
	}
	_, body, _ = strings.Cut(body, "<main")
	for _, tag := range fieldTag.FindAllString(body, -1) {
		name, value := attr(tag, "name"), attr(tag, "value")
		switch {
		case strings.HasPrefix(tag, "<select"):
			value = ""
			if m := regexp.MustCompile(`<option value="([^"]*)"[^>]* selected`).FindStringSubmatch(tag); m != nil {
				value = m[1]
			}
		case strings.HasPrefix(tag, "<textarea"):
			value = tag[strings.Index(tag, ">")+1 : strings.LastIndex(tag, "<")]
		case (strings.Contains(tag, `type="radio"`) || strings.Contains(tag, `type="checkbox"`)) && !strings.Contains(tag, " checked"):
			continue
		}
		if name != "" {
			out.Set(name, value)
		}
	}
	return out
}

// Registering from a lead starts with what the lead knows, and the case that comes of it ends the lead, though the two are days
// and desks apart; registering from a case's household ends in that case. Nothing known is typed twice.
func TestRegisteringBeginsAndEndsWhereItCameFrom(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		v := h.As("counsellor")
		lead, person := id.New(), id.New()
		v.Post("/leads/new", url.Values{"id": {lead}, "contact": {"+30 690 000 1111, after 17:00"}, "heard": {"friend"}, "language": {"ar"}, "nationality": {"IQ"}, "people": {"2"}, "call_d": {"3"}, "call_m": {"3"}, "call_y": {"2026"}})
		page := v.Get("/leads/" + lead)
		if !strings.Contains(page.Body, `href="/persons/new?from=lead:`+lead+`"`) {
			t.Fatalf("the lead does not lead to a registration that knows it: %d", page.Status)
		}
		first := stands(t, v.Get("/persons/new?from=lead:"+lead).Body)
		first.Set("id", person)
		first.Set("given_names", "Mustafa")
		first.Set("birth_date_y", "1988")
		first.Set("birth_kind", "year")
		form := stands(t, v.Post("/persons/new/check", first).Body)
		for name, want := range map[string]string{"nationality": "IQ", "language": "ar", "kind": "phone", "value": "+30 690 000 1111", "safe": "only_if", "safe_note": "after 17:00", "given_names": "Mustafa"} {
			if form.Get(name) != want {
				t.Errorf("the form holds %s = %q, want %q", name, form.Get(name), want)
			}
		}
		form.Set("safe_note", "") // safe only if … what? The form comes back with all it holds
		bad := v.Post("/persons", form)
		if bad.Status != 422 || stands(t, bad.Body).Get("value") != "+30 690 000 1111" || stands(t, bad.Body).Get("from") != "lead:"+lead {
			t.Errorf("a mistake loses what was known: %d, %v", bad.Status, stands(t, bad.Body))
		}
		form.Set("safe_note", "after 17:00")
		form.Set("sex", "male")
		if a := v.Post("/persons", form); a.Path != "/persons/"+person+"/registered" {
			t.Fatalf("registered: %d at %s", a.Status, a.Path)
		}
		if got := one(t, h, `SELECT state || ' ' || person_id FROM lead WHERE id = $1`, lead); got != "open "+person {
			t.Errorf("the lead after the registration: %s", got)
		}
		if !strings.Contains(v.Get("/leads/"+lead).Body, `href="/cases/new?person=`+person+`"`) {
			t.Error("the lead does not lead on to the case")
		}

		open := stands(t, v.Get("/cases/new?person="+person).Body)
		open.Set("programme", "gr-avrr")
		a := v.Post("/cases/new", open)
		caseID := one(t, h, `SELECT id FROM casefile WHERE principal_id = $1`, person)
		if !strings.HasPrefix(a.Path, "/cases/"+caseID) {
			t.Fatalf("opened: %d at %s", a.Status, a.Path)
		}
		if got := one(t, h, `SELECT state || ' ' || case_id FROM lead WHERE id = $1`, lead); got != "became_case "+caseID {
			t.Errorf("the lead after the case was opened: %s", got)
		}

		// A member of the family, from the household page and back to it.
		way := regexp.MustCompile(`href="(/persons/new\?[^"]*)"`).FindStringSubmatch(v.Get("/cases/" + caseID + "/household").Body)
		if way == nil {
			t.Fatal("the household leads to no registration")
		}
		wife := id.New()
		first = stands(t, v.Get(strings.ReplaceAll(way[1], "&amp;", "&")).Body)
		first.Set("id", wife)
		first.Set("given_names", "Zahra")
		first.Set("birth_date_y", "1991")
		first.Set("birth_kind", "year")
		form = stands(t, v.Post("/persons/new/check", first).Body)
		if form.Get("nationality") != "IQ" || form.Get("language") != "ar" {
			t.Errorf("what the family has in common is asked again: %q %q", form.Get("nationality"), form.Get("language"))
		}
		form.Set("sex", "female")
		form.Set("role", "spouse")
		if a := v.Post("/persons", form); a.Path != "/cases/"+caseID+"/household" || !strings.Contains(a.Body, "Zahra") {
			t.Errorf("registered from the household: %d at %s", a.Status, a.Path)
		}
		if got := one(t, h, `SELECT relation FROM case_member WHERE case_id = $1 AND person_id = $2`, caseID, wife); got != "spouse" {
			t.Errorf("she is in the case as %q", got)
		}

		// Whose lead or case it is not learns nothing through the form, and ends nobody's lead.
		other := h.As("counsellor3")
		if a := other.Get("/persons/new?from=lead:" + lead); strings.Contains(a.Body, "690 000") {
			t.Error("another office reads the lead")
		}
		form = stands(t, other.Post("/persons/new/check", url.Values{"id": {id.New()}, "from": {"case:" + caseID}, "given_names": {"Stranger"}, "birth_kind": {"unknown"}}).Body)
		form.Set("sex", "male")
		if a := other.Post("/persons", form); a.Status != 404 {
			t.Errorf("another office puts somebody into the case: %d at %s", a.Status, a.Path)
		}
		if a := other.Post("/persons/new/check", url.Values{"id": {id.New()}, "from": {"lead:" + lead}, "given_names": {"Stranger"}, "birth_kind": {"unknown"}}); a.Status != 404 || strings.Contains(a.Body, "690 000") {
			t.Errorf("another office registers from the lead: %d", a.Status)
		}
	})
}
