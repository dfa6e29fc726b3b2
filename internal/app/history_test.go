package app_test

import (
	"context"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/accommodation"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/counselling"
	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/domain/monitoring"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/domain/reintegration"
	"github.com/nostos-avrr/nostos/internal/domain/screening"
	"github.com/nostos-avrr/nostos/internal/domain/travel"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

var (
	logbook  = regexp.MustCompile(`(?s)<ol class="log">(.*?)</ol>`)
	logLine  = regexp.MustCompile(`(?s)<li.*?</li>`)
	markup   = regexp.MustCompile(`(?s)<svg.*?</svg>|<[^>]*>`)
	older    = regexp.MustCompile(`href="(/cases/[^"]*before=[^"]*)"`)
	rawWord  = regexp.MustCompile(`(^|[^\pL\pN-])[a-z][a-z]+`)              // in a language of another script: a code, or English
	rawCode  = regexp.MustCompile(`[a-z][a-z0-9]*[_.][a-z][a-z0-9_.]*|gr-`) // in any language
	isolates = strings.NewReplacer("\u2068", "", "\u2069", "")
)

// told is the whole logbook of a case in a language, line by line, with who looked at what.
func told(t *testing.T, v *house.Visitor, caseID, lang string) (out []string) {
	t.Helper()
	v.Post("/language", url.Values{"language": {lang}, "next": {"/help"}})
	for _, kind := range []string{"", "access"} {
		for path := "/cases/" + caseID + "/history?kind=" + kind; path != ""; {
			a := v.Get(path)
			if a.Status != 200 {
				t.Fatalf("%s: %d", path, a.Status)
			}
			if m := logbook.FindStringSubmatch(a.Body); m != nil {
				for _, li := range logLine.FindAllString(m[1], -1) {
					out = append(out, isolates.Replace(strings.Join(strings.Fields(html.UnescapeString(markup.ReplaceAllString(li, " "))), " ")))
				}
			}
			path = ""
			if m := older.FindStringSubmatch(a.Body); m != nil {
				path = html.UnescapeString(m[1])
			}
		}
	}
	return out
}

// In the logbook of a case stand words and no codes, in every language: told of whole stories from the first talk to the end.
func TestHistory_ofFinishedCasesIsWords(t *testing.T) {
	h := house.Filled(t, "sqlite", 66)
	var ids []string
	if err := h.App.DB.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
		ids, err = db.All(ctx, tx, db.Value[string], `SELECT id FROM casefile WHERE state <> 'open' OR stage = 'PREDEPARTURE_CASH' ORDER BY state, id`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(ids) < 5 {
		t.Fatalf("only %d stories have an end", len(ids))
	}
	v := h.As("manager")
	said := strings.NewReplacer("Laissez-passer", "", "In line with the assessment.", "", "Open centre, Attica", "", "Looked at with the family and the criteria of the programme.", "") // names, and what a person wrote
	lines := 0
	for _, lang := range []string{"en", "el", "fr", "ar"} {
		for _, id := range ids {
			for _, line := range told(t, v, id, lang) {
				lines++
				raw := rawCode.FindString(said.Replace(line))
				if raw == "" && (lang == "el" || lang == "ar") {
					raw = rawWord.FindString(said.Replace(line))
				}
				if raw != "" {
					t.Errorf("%s: %q in: %s", lang, raw, line)
				}
			}
		}
	}
	if lines < 500 {
		t.Errorf("only %d lines were read", lines)
	}
}

// Every code that a room may write beside an entry has words, whether or not a story of the demo comes past it.
func TestHistory_everyCodeHasWords(t *testing.T) {
	h := house.Filled(t, "sqlite", 22)
	var caseID string
	if err := h.App.DB.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
		caseID, err = db.One(ctx, tx, db.Value[string], `SELECT id FROM casefile WHERE state = 'open' ORDER BY id LIMIT 1`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var entries []journal.Entry
	arg := func(action, name string, codes ...string) {
		for _, c := range codes {
			// Every value the sentences of this room name, so that none is missing; the one looked at is the code.
			args := map[string]string{"name": "N", "date": "2026-03-02", "reason": "R", "persons": "1", "minutes": "9", "type": counselling.Information, "outcome": counselling.Proceed, "country": "IQ", "authority": "police", "reply": travel.Go, "site": "S"}
			args[name] = c
			entries = append(entries, journal.Entry{Action: action, Args: args})
		}
	}
	change := func(action, field string, codes ...string) {
		for _, c := range codes {
			entries = append(entries, journal.Entry{Action: action, Changes: []journal.Change{{Field: field, New: c}}, Args: map[string]string{"type": "etd", "authority": "police", "reply": travel.Go, "safeguard": "escort", "date": "2026-03-02", "reason": "died", "name": "N", "form": "registration_extras", "task": "counsel"}})
		}
	}
	arg("case.closed", "reason", casefile.ClosingReasons...)
	arg("case.woke", "waiting_on", casefile.Waiters...)
	arg("case.opened", "programme", "gr-avrr")
	entries[len(entries)-1].Args["no"] = "1"
	change("case.member_changed", "relation", casefile.Relations...)
	change("case.member_changed", "travels", "yes", "no")
	change("case.classified", "flags", strings.Join(casefile.Flags, " "))
	change("case.classified", "class", "normal", "medical", "child", "protection", "trafficking")
	change("case.edited", "kind", "avrr")
	change("case.edited", "return_country", "PK")
	change("case.withdrawn", "state", casefile.Open, casefile.Withdrawn, casefile.Closed)
	change("task.waits", "waiting_on", casefile.Waiters...)
	for _, c := range []string{"return", "cash", "accommodation", "reintegration"} {
		change("eligibility.decided", "eligibility."+c, string(programme.Eligible), "not", "conditional", "unknown")
		arg("eligibility.agreed", "component", c)
		arg("eligibility.disagreed", "component", c)
	}
	for _, v := range []string{string(programme.Eligible), "not", "unknown"} {
		arg("eligibility.exception", "proposal", v)
		entries[len(entries)-1].Args["evidence"] = "yes"
	}
	arg("eligibility.exception", "evidence", "no")
	entries[len(entries)-1].Args["proposal"] = string(programme.NotEligible)
	change("form.revised", "form.registration_extras.zone", "island", "mainland")
	change("form.revised", "form.registration_extras.accommodation", "none", programme.PreferNotToSay)
	change("form.revised", "form.registration_extras.legal_status", "asylum_applicant", programme.NotKnown)
	arg("counselling.held", "type", counselling.Types...)
	arg("counselling.held", "outcome", counselling.Outcomes...)
	arg("counselling.fear", "referred", counselling.Referrals...)
	arg("counselling.fear_looked_at", "result", counselling.LookResults...)
	arg("screening.done", "outcome", screening.Outcomes...)
	arg("screening.decided", "decision", screening.Decisions...)
	arg("screening.examined_result", "result", screening.Results...)
	arg("screening.safeguard", "safeguard", screening.Safeguards...)
	arg("screening.viewed", "part", "screening", "safeguards", "fitness")
	for _, f := range []string{"good", "child_agrees"} {
		change("screening.safeguard", f, "yes", "no")
	}
	change("screening.safeguard", "attachment", "0199aaaa-0000-7000-8000-000000000001")
	for _, f := range []string{"on", "named", "evidence"} {
		change("screening.safeguard", f, "2026-03-02")
	}
	arg("accommodation.incident", "kind", accommodation.IncidentKinds...)
	arg("travel.document_requested", "type", travel.DocumentTypes...)
	arg("travel.clearance_asked", "authority", travel.Authorities...)
	arg("travel.clearance_answered", "reply", travel.Replies...)
	change("travel.clearance_answered", "reply", append(slices.Clone(travel.Replies), travel.Stopped)...)
	change("travel.document_changed", "state", travel.Requested, travel.Issued, travel.Refused, travel.Stopped)
	change("travel.document_changed", "fee", "5000")
	for _, f := range []string{"authority", "number", "interview_on", "issued_on", "expires_on", "office_on", "traveller_on", "departs_on", "valid_until"} {
		change("travel.document_changed", f, "2026-03-02")
	}
	for _, k := range reintegration.HelpKinds {
		change("reintegration.help_given", "help_"+k, "given 2026-03-02 ", "not_needed  ", "open  ")
	}
	for _, c := range monitoring.Channels {
		arg("monitoring.tried", "channel", c)
		entries[len(entries)-1].Args["result"] = monitoring.Reached
	}
	for _, c := range monitoring.Results {
		arg("monitoring.tried", "result", c)
		entries[len(entries)-1].Args["channel"] = "phone"
	}
	for _, room := range []string{"ledger.approved", "ledger.reserved"} {
		entries = append(entries, journal.Entry{Action: room, Args: map[string]string{"amount": "EUR 1000.00", "rule": "gr-avrr 2023.1"}})
	}
	err := h.App.Gate.Write(context.Background(), org.SystemID, casefile.PermView, func(ctx context.Context, w *gate.W) error {
		c, err := casefile.ByID(ctx, &w.R, caseID)
		for i := range entries {
			if err == nil {
				err = casefile.Record(ctx, w, c, entries[i])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	said := strings.NewReplacer("Laissez-passer", "", "laissez-passer", "")
	v := h.As("manager")
	for _, lang := range []string{"el", "ar"} {
		lines := told(t, v, caseID, lang)
		if len(lines) < len(entries) {
			t.Errorf("%d entries, and %d lines", len(entries), len(lines))
		}
		for _, line := range lines {
			if raw := fmt.Sprint(rawCode.FindString(said.Replace(line)), rawWord.FindString(said.Replace(line))); raw != "" {
				t.Errorf("%s: %q in: %s", lang, raw, line)
			}
		}
	}
}
