package letter_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/letter"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

func traced(result programme.Result, key string, facts ...string) programme.Traced {
	t := programme.Traced{ID: key, Result: result, Key: "eligibility.clause." + key}
	for i := 0; i+1 < len(facts); i += 2 {
		t.Facts = append(t.Facts, programme.Given{Fact: facts[i], Known: facts[i+1] != "", Values: strings.Fields(facts[i+1])})
		if facts[i+1] == "" {
			t.Asks = append(t.Asks, facts[i])
		}
	}
	return t
}

func group(result programme.Result, key string, any ...programme.Traced) programme.Traced {
	return programme.Traced{ID: key, Result: result, Key: "eligibility.clause." + key, Any: any}
}

// settled is a family's four decisions: a yes with everything an amount can be, a no, one by a person's choice, one still open.
func settled() []letter.Settled {
	on := day.New(2026, 3, 2)
	cash := programme.Line{Code: "cash", Component: "cash", Verdict: programme.Eligible, Amount: money.Of(100000, "EUR"), Modality: "cash", Or: []string{"in_kind"}, Expires: programme.Period{Months: 12, After: "arrival"},
		Instalments: []programme.Payment{{Amount: money.Of(40000, "EUR"), Period: programme.Period{After: "departure"}}, {Amount: money.Of(60000, "EUR"), Period: programme.Period{Months: 6, After: "arrival"}}}}
	return []letter.Settled{
		{Component: "return", Answer: letter.Yes, By: "Eleni Test", On: on, Version: "2023.1", Applicant: true, Proposal: programme.Eligible},
		{Component: "cash", Answer: letter.Yes, By: "Eleni Test", On: on, Version: "2023.1", Second: true, Applicant: true, Proposal: programme.NotEligible, Lines: []programme.Line{cash}},
		{Component: "accommodation", Answer: letter.No, By: "Eleni Test", On: on, Version: "2023.1", Applicant: true, Proposal: programme.NotEligible, Trace: []programme.Traced{
			traced(programme.Holds, "voluntary", "voluntary", "yes"),
			group(programme.Fails, "needs_a_place", traced(programme.Fails, "vulnerable", "vulnerable", "no"), traced(programme.Fails, "nowhere_to_stay", "accommodation", "own"))}},
		{Component: "reintegration", Answer: letter.Open, Applicant: true, Proposal: programme.Undecided, Trace: []programme.Traced{
			group(programme.Unknown, "sustainable", traced(programme.Unknown, "vulnerable", "vulnerable", ""), traced(programme.Unknown, "work_experience", "work_experience", ""))}},
	}
}

func (h *house) decision(t *testing.T, c casefile.Case, lang string, list ...letter.Settled) string {
	t.Helper()
	h.d.Settled = func(context.Context, *gate.R, casefile.Case, string) ([]letter.Settled, error) { return list, nil }
	doc, err := h.d.Compose(ctx, h.Staff["counsellor"], c.ID, letter.Decision, lang, "", letter.Args{Way: "page"})
	must(t, err)
	return letter.Plain(doc)
}

// Each no is told with its reason in plain words, each open question as something to be known; what a screening saw, and what
// a colleague wrote, is never on paper.
func TestReasonsInPlainWords(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	c, _ := h.returnee("Zahra", "Testpour", "زهراء", "ar")
	no := func(s letter.Settled) letter.Settled {
		s.Component, s.Answer, s.By, s.On, s.Version = "cash", letter.No, "Eleni Test", day.New(2026, 3, 2), "2023.1"
		return s
	}
	for name, x := range map[string]struct {
		s     letter.Settled
		want  []string
		never []string
	}{
		"one clause fails": {no(letter.Settled{Applicant: true, Proposal: programme.NotEligible, Trace: []programme.Traced{traced(programme.Fails, "country_served", "return_country", "PK"), traced(programme.Holds, "voluntary", "voluntary", "yes")}}),
			[]string{"No. You do not get this help.", "The reason:", "At present nobody can be helped to return to this country: Pakistan.", "Decided on 02/03/2026 by Eleni Test, under the rules of 2023.1."}, []string{"only help people who want"}},
		"a group fails": {no(letter.Settled{Applicant: true, Proposal: programme.NotEligible, Trace: []programme.Traced{group(programme.Fails, "needs_a_place", traced(programme.Fails, "vulnerable", "vulnerable", "no"), traced(programme.Fails, "nowhere_to_stay", "accommodation", "own"))}}),
			[]string{"The places are for people who have nowhere to stay, or who need particular care."}, []string{"vulnerab"}},
		"what a screening saw": {no(letter.Settled{Applicant: true, Proposal: programme.NotEligible, Trace: []programme.Traced{traced(programme.Fails, "vulnerable", "vulnerability", "trafficking medical")}}),
			[]string{"people in particular situations"}, []string{"trafficking", "medical", "Medical", "vulnerab"}},
		"a group of another programme": {no(letter.Settled{Applicant: true, Proposal: programme.NotEligible, Trace: []programme.Traced{{ID: "g", Result: programme.Fails, Key: "eligibility.any", Any: []programme.Traced{traced(programme.Fails, "vulnerable", "vulnerability", "torture"), traced(programme.Fails, "zone_island", "stay_zone", "mainland")}}}}),
			[]string{"people in particular situations", "This condition is not met: Lives on an island"}, []string{"torture", "One of these"}},
		"a person chose others":          {no(letter.Settled{Applicant: true, Proposal: programme.Conditional}), []string{"not enough of this help for everybody"}, []string{"The reason is about"}},
		"decided while something missed": {no(letter.Settled{Applicant: true, Proposal: programme.Undecided, Trace: []programme.Traced{traced(programme.Unknown, "skills", "skills", "")}}), []string{"We did not know:", "What you have learnt and can do"}, nil},
		"an exception":                   {no(letter.Settled{Applicant: true, Proposal: programme.Eligible}), []string{"it does not stand on paper. Ask us"}, nil},
		"a member of the family":         {no(letter.Settled{Proposal: programme.Eligible}), []string{"in the letter of the person who applied"}, []string{"does not stand on paper"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := h.decision(t, c, "en", x.s)
			for _, want := range x.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing in\n%s", want, text)
				}
			}
			for _, s := range x.never {
				if strings.Contains(text, s) {
					t.Errorf("%q stands in\n%s", s, text)
				}
			}
		})
	}
	if n := h.d.Cat.Missing(); n > 0 {
		t.Errorf("%d texts were missing: %v", n, h.d.Cat.MissingKeys())
	}
}

// What is received is told with when and how; what is not clear yet, with what must be known.
func TestWhatIsReceived(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	c, _ := h.returnee("Zahra", "Testpour", "زهراء", "ar")
	text := h.decision(t, c, "en", settled()...)
	for _, want := range []string{"EUR 1,000.00 in cash, when you leave", "EUR 400.00: on departure", "EUR 600.00: 6 months after arrival", "in another way instead: as goods", "Use it before this time is over: 12 months after arrival",
		"A second person looked at it and agreed.", "This is not decided yet.", "We still need to know:", "Something we ask only in a private talk", "How many years you have worked",
		"Please do it within 30 days of getting this letter. This is a rule of our own office", "help.unhcr.org", "www.synigoros.gr"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	unclear := settled()[1]
	unclear.Lines = []programme.Line{{Component: "cash", Verdict: programme.Undecided, Modality: "cash", Asks: []string{"stay_zone", "vulnerable"}}}
	text = h.decision(t, c, "en", unclear)
	if !strings.Contains(text, "when we know:") || !strings.Contains(text, "Whether you live on the mainland or on an island") || strings.Contains(text, "EUR") {
		t.Errorf("an unclear amount reads\n%s", text)
	}
	pack := h.Packs.All()[0]
	for contest, want := range map[programme.Contest]string{{}: "Ask us today until which day", {Days: 1, Origin: programme.Origin{Source: "law"}}: "Do it within 1 day of getting this letter."} {
		pack.Contest = contest
		if text = h.decision(t, c, "en", settled()...); !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

// The file holds neither what a screening saw nor what a colleague wrote, in no language, not even among its bytes.
func TestTheFileHoldsNothingOfAScreening(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	c, _ := h.returnee("Zahra", "Testpour", "زهراء", "ar")
	list := settled()
	list[2].Trace[1].Any[0] = traced(programme.Fails, "vulnerable", "vulnerability", "trafficking gender_based_violence")
	list = append(list, letter.Settled{Component: "return", Answer: letter.No, By: "Eleni Test", On: day.New(2026, 3, 2), Version: "2023.1", Applicant: true, Trace: []programme.Traced{traced(programme.Fails, "vulnerable", "vulnerability", "trafficking")}})
	for _, lang := range []string{"en", "el", "fr", "ar", "fa"} {
		with := "en"
		if lang == with {
			with = "ar"
		}
		h.d.Settled = func(context.Context, *gate.R, casefile.Case, string) ([]letter.Settled, error) { return list, nil }
		doc, err := h.d.Compose(ctx, h.Staff["counsellor"], c.ID, letter.Decision, lang, with, letter.Args{Way: "pdf"})
		must(t, err)
		var file bytes.Buffer
		must(t, h.d.WritePDF(&file, []letter.Document{doc}, world.Start))
		text, _ := copied(t, file.Bytes())
		for _, s := range append(slices.Clone(secrets), "gender", "Gender", "vulnerab", "Vulnérab", "ευάλωτ", "هش", "آسیب‌پذیر") {
			for where, in := range map[string]string{"the text": letter.Plain(doc), "what can be copied": text, "the bytes": file.String()} {
				if strings.Contains(in, s) {
					t.Errorf("%s: %q is in %s", lang, s, where)
				}
			}
		}
	}
}

func TestNothingDecidedNothingPrinted(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	c, _ := h.returnee("Zahra", "Testpour", "زهراء", "ar")
	h.d.Settled = func(context.Context, *gate.R, casefile.Case, string) ([]letter.Settled, error) {
		return []letter.Settled{{Component: "cash", Answer: letter.Open}}, nil
	}
	_, err := h.d.Compose(ctx, h.Staff["counsellor"], c.ID, letter.Decision, "en", "", letter.Args{Way: "page"})
	if f := fault.Of(err); err == nil || len(f.Fields) != 1 || f.Fields[0].Key != "letter.err.undecided" {
		t.Errorf("got %v", err)
	}
	page := get(t, h.site(), h.Staff["counsellor"], "/cases/"+c.ID+"/print/decision?lang=en&with=", 422)
	if !strings.Contains(page, "Nothing has been decided for this person yet") {
		t.Error("the page does not say why")
	}
}
