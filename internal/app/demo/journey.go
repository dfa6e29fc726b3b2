package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/reintegration"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/platform/day"
)

// story is one family on its way.
type story struct {
	na       *people
	host     string // office code
	owner    string // staff id
	c        casefile.Case
	members  []person.Person
	wants    bool // a reintegration plan
	noHome   bool // a bed in the open centre
	island   bool
	passport bool
	journey  string
	flight   string
	size     int                  // how many people; 0: by chance
	plan     []reintegration.Item // what the plan holds; nil: the usual
	waits    bool                 // the story ends with the arrival: the office of origin has not answered yet
	ends     string               // why the case is closed; empty: support has ended
}

// step is one stage's work: done by invented colleagues through the commands they would use, a few days after the last.
type step struct {
	stage string // the stage the case is in when the work begins
	days  int    // how long it takes at most
	do    func(*maker, context.Context, *story) error
}

// steps in the order of a case's way. Each ends with the case in the next stage.
var steps = []step{
	{"REGISTRATION", 1, (*maker).registered},
	{"CONSENT", 1, (*maker).consents},
	{"COUNSELLING", 12, (*maker).counsels},
	{"SCREENING", 5, (*maker).screens},
	{"ELIGIBILITY", 8, (*maker).decides},
	{"VRD", 4, (*maker).declares},
	{"TRAVEL_DOCS", 35, (*maker).papers},
	{"CLEARANCE", 9, (*maker).clears},
	{"FIT_TO_TRAVEL", 7, (*maker).examines},
	{"MOVEMENT", 5, (*maker).books},
	{"PREDEPARTURE_CASH", 10, (*maker).pays},
	{"PREDEPARTURE_CASH", 0, (*maker).flies},
	{"ARRIVED", 1, (*maker).arrives},
	{"POST_ARRIVAL", 10, (*maker).welcomes},
	{"REINT_COUNSELLING", 8, (*maker).assesses},
	{"REINT_PLAN", 14, (*maker).plans},
	{"DELIVERY", 60, (*maker).delivers},
	{"MONITORING", 45, (*maker).visits},
	{"CLOSED", 10, (*maker).closes},
}

// wait lets time pass, up to so many days and never beyond the end of the story.
func (m *maker) wait(days int) bool {
	d := time.Duration(days) * 24 * time.Hour
	if days > 1 {
		d = time.Duration(days/2+m.rnd.Intn(days/2+1)) * 24 * time.Hour
	}
	d += time.Duration(20+m.rnd.Intn(100)) * time.Minute
	next := m.clk.Now().Add(d)
	local := next.In(m.a.Gate.Zone)
	switch h := local.Hour(); { // people work by day
	case h < 8:
		next = next.Add(time.Duration(8-h) * time.Hour)
	case h > 17:
		next = next.Add(time.Duration(32-h) * time.Hour)
	}
	if next.After(m.spec.Now) {
		return false
	}
	m.clk.Set(next)
	return true
}

func (m *maker) id() string      { return m.a.Gate.IDs.New() }
func (m *maker) today() day.Date { return day.Of(m.clk.Now(), m.a.Gate.Zone) }

// who is the colleague in Athens who does a kind of work.
func (m *maker) who(role string) string { return m.staff.id[role] }

// by is the colleague in a story's own office.
func (m *maker) by(s *story, role string) string {
	if s.host == "skg" {
		role = map[string]string{"caseworker": "caseworker2", "supervisor": "supervisor3"}[role]
	}
	return m.staff.id[role]
}

// refresh reads the case again after a command changed it.
func (m *maker) refresh(ctx context.Context, s *story) error {
	return m.a.Gate.Read(ctx, org.SystemID, casefile.PermView, func(ctx context.Context, r *gate.R) (err error) {
		s.c, err = casefile.ByID(ctx, r, s.c.ID)
		return
	})
}

func (m *maker) move(ctx context.Context, s *story, by, to string) error {
	c, err := m.a.Rooms.Cases.Move(ctx, by, s.c.ID, to, "")
	if err != nil {
		return fmt.Errorf("move case %s from %s to %s: %w", s.c.No, s.c.Stage, to, err)
	}
	s.c = c
	return nil
}

// child reports whether a member is under 18 today.
func (m *maker) child(p *person.Person) bool {
	c, known := p.Child(m.today())
	return known && c
}

// registered fills in what is asked at registration, for everybody.
func (m *maker) registered(ctx context.Context, s *story) error {
	zone, lives := "mainland", "own"
	if s.island {
		zone = "island"
	}
	if s.noHome {
		lives = "none"
	}
	for _, p := range s.members {
		_, err := m.a.Rooms.Cases.SubmitForm(ctx, s.owner, casefile.Submission{ID: m.id(), CaseID: s.c.ID, PersonID: p.ID, Form: "registration_extras", Lang: "en", Say: m.a.Cat.Printer("en").T,
			Answers: map[string][]string{"zone": {zone}, "accommodation": {lives}, "legal_status": {pick(m.rnd, []string{"no_right_to_stay", "no_right_to_stay", "asylum_applicant"})}, "previous_assistance": {"no"}, "heard": {pick(m.rnd, []string{"office", "friend", "social_media", "ngo"})}}})
		if err != nil {
			return err
		}
	}
	return m.move(ctx, s, s.owner, "CONSENT")
}

// consents is the talk about data: everybody is asked, parents answer for their children.
func (m *maker) consents(ctx context.Context, s *story) error {
	for i := range s.members {
		p := &s.members[i]
		sheet := person.Sheet{PersonID: p.ID, NoticeVersion: person.NoticeVersion, Language: noticeLanguage(s.na.lang), Method: "signature", Interpreter: "Leyla Aziz"}
		if m.child(p) {
			sheet.GivenBy = s.members[0].ID
		}
		for _, q := range person.Questions(p) {
			sheet.Answers = append(sheet.Answers, person.Answer{ID: m.id(), Question: q, Given: q.Purpose != "photo" && (q.Purpose != "recontact" || m.rnd.Intn(4) > 0)})
		}
		if err := m.a.Rooms.Persons.TakeConsent(ctx, s.owner, sheet); err != nil {
			return err
		}
	}
	return m.move(ctx, s, s.owner, "COUNSELLING")
}

// noticeLanguage is the language of the consent notice: one it exists in.
func noticeLanguage(lang string) string {
	switch lang {
	case "ar", "fa":
		return lang
	}
	return "en"
}

// decides settles what the programme offers this family. The program proposes; a colleague decides as proposed, and where
// they do not, a supervisor looks at it, too.
func (m *maker) decides(ctx context.Context, s *story) error {
	var p decision.Proposal
	d := m.a.Rooms.Decision
	if err := m.a.Gate.Read(ctx, s.owner, casefile.PermView, func(ctx context.Context, r *gate.R) (err error) {
		p, err = d.Propose(ctx, r, s.c)
		return
	}); err != nil {
		return err
	}
	for _, o := range p.Outcomes {
		in := decision.Deciding{ID: m.id(), CaseID: s.c.ID, Component: o.Component, Decision: "eligible"}
		switch {
		case o.Component == "reintegration" && !s.wants, o.Component == "accommodation" && !s.noHome:
			in.Decision = "not"
		}
		if string(o.Verdict) != in.Decision {
			in.Reason = "Looked at with the family and the criteria of the programme."
		}
		dec, err := d.Decide(ctx, s.owner, in)
		if err != nil {
			return fmt.Errorf("decide %s of %s (proposed %s): %w", o.Component, s.c.No, o.Verdict, err)
		}
		if dec.SecondNeeded {
			if err := d.Second(ctx, m.by(s, "supervisor"), s.c.ID, dec.ID, true); err != nil {
				return err
			}
		}
	}
	return m.move(ctx, s, s.owner, "VRD")
}

// declares is the signing of the declaration; parents sign for their children.
func (m *maker) declares(ctx context.Context, s *story) error {
	for i := range s.members {
		p := &s.members[i]
		in := decision.Declaration{ID: m.id(), CaseID: s.c.ID, PersonID: p.ID, Language: noticeLanguage(s.na.lang), Method: "signature", SignedOn: m.today()}
		if m.child(p) {
			in.GuardianID = s.members[0].ID
		}
		if _, err := m.a.Rooms.Decision.Sign(ctx, s.owner, in); err != nil {
			return err
		}
	}
	if err := m.a.Rooms.Ledger.ReserveEntitled(ctx, m.by(s, "caseworker"), s.c.ID); err != nil {
		return err
	}
	return m.move(ctx, s, s.owner, "TRAVEL_DOCS")
}
