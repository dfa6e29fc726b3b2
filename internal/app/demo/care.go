package demo

import (
	"context"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/counselling"
)

var reasons = []string{"My parents are old and alone, I want to be with them.", "There is no work here and the answer to my claim was no.", "I miss my children; I have not seen them for four years.", "I want to open my own shop at home."}

// counsels is the talk: with an interpreter, every way explained, and the person's own words.
func (m *maker) counsels(ctx context.Context, s *story) error {
	if err := m.talk(ctx, s, counselling.Proceed); err != nil {
		return err
	}
	return m.move(ctx, s, s.owner, "SCREENING")
}

func (m *maker) talk(ctx context.Context, s *story, outcome string) error {
	t := counselling.Session{ID: m.id(), CaseID: s.c.ID, Type: counselling.Information, Kind: counselling.Individual, Place: "office", StartedAt: m.clk.Now().Add(-50 * time.Minute), Minutes: int64(35 + m.rnd.Intn(40)),
		CounsellorID: s.owner, InterpreterWay: counselling.NoInterpreter, Language: "en", StaffLanguage: "en", Topics: []string{"programme", "conditions", "documents"},
		Explained: []string{counselling.OptAsylum, counselling.OptStay, counselling.OptReturn, counselling.OptThink, counselling.OptChange}, Outcome: outcome,
		Words: counselling.Words{Motives: []string{pick(m.rnd, []string{"family", "no_future", "refused", "work_there", "homesick"})}, Motivation: pick(m.rnd, reasons), Afraid: "no", Plan: pick(m.rnd, []string{"family", "work", "business"})}}
	if s.na.lang != "" {
		t.Language, t.InterpreterWay, t.Interpreter, t.InterpreterAt = s.na.lang, pick(m.rnd, []string{"in_person", "phone"}), "Leyla Aziz", t.StartedAt
	}
	for _, p := range s.members {
		t.Present = append(t.Present, p.ID)
	}
	return m.a.Rooms.Talks.Hold(ctx, s.owner, t, "")
}

func (m *maker) screens(ctx context.Context, s *story) error {
	return m.move(ctx, s, s.owner, "ELIGIBILITY")
}

func (m *maker) examines(ctx context.Context, s *story) error {
	return m.move(ctx, s, s.owner, "MOVEMENT")
}

func (m *maker) sleeps(ctx context.Context, s *story) error { return nil }
func (m *maker) leaves(ctx context.Context, s *story) error { return nil }
func (m *maker) centre(ctx context.Context) error           { return nil }
