package app

import (
	"context"
	"maps"
	"net/http"
	"time"

	"github.com/nostos-avrr/nostos/internal/desk"
	"github.com/nostos-avrr/nostos/internal/desk/admin"
	"github.com/nostos-avrr/nostos/internal/desk/signin"
	"github.com/nostos-avrr/nostos/internal/domain/accommodation"
	stayweb "github.com/nostos-avrr/nostos/internal/domain/accommodation/web"
	"github.com/nostos-avrr/nostos/internal/domain/activity"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/casefile/decision"
	caseweb "github.com/nostos-avrr/nostos/internal/domain/casefile/web"
	"github.com/nostos-avrr/nostos/internal/domain/counselling"
	"github.com/nostos-avrr/nostos/internal/domain/ledger"
	ledgerweb "github.com/nostos-avrr/nostos/internal/domain/ledger/web"
	"github.com/nostos-avrr/nostos/internal/domain/monitoring"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/domain/reintegration"
	reintweb "github.com/nostos-avrr/nostos/internal/domain/reintegration/web"
	"github.com/nostos-avrr/nostos/internal/domain/screening"
	"github.com/nostos-avrr/nostos/internal/domain/selection"
	selectweb "github.com/nostos-avrr/nostos/internal/domain/selection/web"
	"github.com/nostos-avrr/nostos/internal/domain/travel"
	travelweb "github.com/nostos-avrr/nostos/internal/domain/travel/web"
	"github.com/nostos-avrr/nostos/internal/gate"
	"github.com/nostos-avrr/nostos/internal/interop"
	"github.com/nostos-avrr/nostos/internal/letter"
	"github.com/nostos-avrr/nostos/internal/platform/blob"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/queue"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/report"
	"github.com/nostos-avrr/nostos/internal/report/simulate"
	"github.com/nostos-avrr/nostos/packs"
	"github.com/nostos-avrr/nostos/ui"
)

// cleanEvery is how often what is over at the front door is forgotten.
const cleanEvery = 15 * time.Minute

// Rooms are the rooms of the house.
type Rooms struct {
	SignIn    *signin.Domain
	Admin     *admin.Domain
	Persons   *person.Domain
	Programme *programme.Domain
	Cases     *casefile.Domain
	Decision  *decision.Domain
	Ledger    *ledger.Domain
	Leads     *activity.Domain
	Talks     *counselling.Domain
	Screening *screening.Domain
	Beds      *accommodation.Domain
	Travel    *travel.Domain
	Reint     *reintegration.Domain
	Visits    *monitoring.Domain
	Selection *selection.Domain
	Letters   *letter.Domain
	Desk      *desk.Domain
	Interop   *interop.Domain
	Report    *report.Domain
	Simulate  *simulate.Domain
}

// wire makes the rooms and introduces them to each other. What a lower floor must ask of an upper one is handed in here.
func (a *App) wire() error {
	r := &a.Rooms
	files, err := a.files()
	if err != nil {
		return err
	}
	r.Persons = &person.Domain{Gate: a.Gate, Visible: casefile.PersonInScope, Glass: casefile.PersonUnderGlass, ChildCase: casefile.InChildCase, MayErase: casefile.MayErase, Renamed: casefile.Renamed, Changed: casefile.LookAgainAt}
	r.Programme = &programme.Domain{Gate: a.Gate, Library: a.Packs, OnNew: []queue.Job{{Kind: decision.JobSweep, UniqueKey: "new version"}}}
	r.Cases = &casefile.Domain{Gate: a.Gate, Packs: a.Packs, Persons: r.Persons, Files: files}
	r.Decision = &decision.Domain{Cases: r.Cases, Printer: a.Cat.Printer, Counselled: counselling.Held, More: []decision.Facts{voluntary, vulnerable}}
	r.Desk = &desk.Domain{Gate: a.Gate, Cases: r.Cases, Persons: r.Persons, Demo: a.Demo}

	r.Ledger = &ledger.Domain{Gate: a.Gate, Packs: a.Packs, Entitled: a.entitled}
	r.Leads = &activity.Domain{Gate: a.Gate, CaseByNumber: caseByNumber}
	r.Talks = &counselling.Domain{Gate: a.Gate, Cat: a.Cat, Zone: a.Config.Location()}
	r.Screening = &screening.Domain{Gate: a.Gate, Persons: r.Persons}
	r.Beds = &accommodation.Domain{Gate: a.Gate}
	r.Travel = &travel.Domain{Gate: a.Gate, Cases: r.Cases, Persons: r.Persons, Consent: person.HasConsent, Declared: a.declared, CashState: a.cashState}
	r.Travel.NotBoarded, r.Travel.HasLeft, r.Travel.HasNotLeft = r.Ledger.NotBoarded, r.Beds.OnDeparted, r.Beds.OnNotDeparted
	r.Persons.Begun, r.Persons.Registered, r.Cases.OnOpen = a.begun, a.registered, []casefile.Reaction{r.Leads.OnOpen}
	r.Reint = &reintegration.Domain{Gate: a.Gate, Money: r.Ledger}
	r.Visits = &monitoring.Domain{Gate: a.Gate}
	r.Selection = &selection.Domain{Gate: a.Gate, Packs: a.Packs, People: r.Decision.People, Undecided: decision.NotDecided, Record: a.committeeDecided}
	r.Travel.Arrived = a.planVisits
	letters, err := letter.Load(packs.With(a.Config.Packs))
	if err != nil {
		return err
	}
	r.Letters = &letter.Domain{Gate: a.Gate, Cases: r.Cases, Persons: r.Persons, Letters: letters, Cat: a.Cat, Receipt: receipt, Receipts: receipts, Words: inWords, Promises: a.promises, Settled: a.settled}
	r.Report = &report.Domain{Gate: a.Gate, Packs: a.Packs}
	r.Simulate = &simulate.Domain{Gate: a.Gate, Packs: a.Packs, People: r.Decision.PeopleOf}
	r.Interop = &interop.Domain{Gate: a.Gate, Persons: r.Persons, Cases: r.Cases, Cat: a.Cat}

	// What packs may ask before a case leaves a stage.
	r.Cases.Conditions = r.Cases.Own()
	r.Travel.BeforeBooking = []casefile.Condition{a.asked("fitness.cleared"), a.asked("screening.child_gate"), a.asked("counselling.fear_looked_at")}
	answer := func(conditions map[string]casefile.Condition) { maps.Copy(r.Cases.Conditions, conditions) }
	for _, room := range []interface {
		Conditions() map[string]casefile.Condition
	}{r.Talks, r.Screening, r.Decision, r.Ledger, r.Travel, r.Reint, r.Visits, r.Beds} {
		answer(room.Conditions())
	}

	r.Cases.BeforeShut = []casefile.Condition{r.Cases.Conditions["case.settled"], r.Ledger.Settled, r.Reint.Settled, r.Beds.Settled}

	// What happens when a person changes their mind: everything reserved for them is freed, in the same transaction.
	r.Cases.OnWithdraw = []casefile.Reaction{r.Talks.OnWithdraw, r.Decision.OnWithdraw, r.Travel.OnWithdraw, r.Beds.OnWithdraw, r.Reint.OnWithdraw, r.Ledger.OnWithdraw, r.Selection.OnWithdraw}
	r.Cases.OnClose = []casefile.Reaction{r.Selection.OnClose, r.Ledger.OnClose}
	r.Decision.Decided = r.Ledger.OnDecision

	a.door()
	frame := r.Desk.Frame
	r.Decision.Frame, r.Letters.Frame = frame, frame
	r.Decision.Leads = r.Desk.Leads
	r.Decision.Letter = func(code string) bool { return letters.Letter(code, letter.Decision) != nil }
	flights := &travelweb.Web{Travel: r.Travel, Frame: frame}
	plans := &reintweb.Web{Room: r.Reint, Frame: frame}
	r.Visits.Frame, r.Talks.Frame, r.Screening.Frame = frame, frame, frame
	r.Desk.LivesAt = r.Beds.LivesAt
	beds := &stayweb.Web{Rooms: r.Beds, Frame: frame}
	r.Desk.Approvals = []desk.ApprovalSource{{Perm: ledger.PermApprove, List: moneyApprovals}, {Perm: reintegration.PermApprove, List: planApprovals}, {Perm: travel.PermApprove, List: bookingApprovals},
		{Perm: decision.PermSecond, List: decisionApprovals}, {Perm: person.PermApproveAge, List: a.ageApprovals}}
	r.Desk.Exceptions = &desk.ExceptionSource{Perm: decision.PermSecond, List: exceptions}
	r.Desk.Events = a.events()
	money := &ledgerweb.Web{Money: r.Ledger, Frame: frame}
	folder := &caseweb.Web{Cases: r.Cases, Frame: frame}
	rounds := &selectweb.Web{Rounds: r.Selection}

	a.Web.Raw("GET "+ui.Prefix, ui.Assets())
	a.Web.Raw("GET /healthz", http.HandlerFunc(a.health))
	a.Web.Raw("GET /readyz", http.HandlerFunc(a.ready))
	for _, mount := range []func(*web.Server){r.SignIn.Routes, r.Admin.Routes, r.Desk.Routes, r.Persons.Routes, r.Programme.Routes, folder.Routes, r.Decision.Routes, money.Routes, r.Letters.Routes, plans.Routes, r.Visits.Routes, r.Leads.Routes, r.Talks.Routes, r.Report.Routes, flights.Routes, beds.Routes, r.Screening.Routes, rounds.Routes} {
		mount(a.Web)
	}
	r.Admin.Known = a.permissions()
	a.Worker.Every(r.Cases.Watching())
	a.Worker.Every(r.Cases.Clearing())
	a.Worker.Every(r.Travel.Watching())
	a.Worker.Every(r.Decision.Sweeping())
	a.Worker.Handlers[casefile.JobLookAgain] = r.Decision.LookAgain
	a.Worker.Every(signin.CleanKind, cleanEvery, r.SignIn.Clean)
	a.Worker.Handlers[admin.VerifyKind] = r.Admin.Verify
	return nil
}

// door wires the front door and the office's own office.
func (a *App) door() {
	c, r := a.Config, &a.Rooms
	r.SignIn = signin.New(a.Gate, signin.Config{PublicURL: a.publicURL(), Idle: c.Session.Idle, Max: c.Session.Max, Demo: a.Demo, Logins: a.logins,
		Limits: signin.Limits{Soft: c.Lockout.Attempts, Hard: 2 * c.Lockout.Attempts, Window: c.Lockout.Window, Lock: c.Lockout.Duration}, Addr: a.clientAddr})
	r.Admin = &admin.Domain{Gate: a.Gate, FindCase: casefile.IDByNumber, CaseNo: casefile.NumberByID, EndSessions: signin.EndSessions, ResetCode: r.SignIn.NewResetCode, ResetFactors: r.SignIn.ResetFactors,
		Locked: r.SignIn.Locked, Unlock: r.SignIn.Unlock, PublicURL: a.publicURL(), Programmes: a.Packs.Codes, Languages: a.languages(), Countries: a.countries()}
	a.Web.Hooks = web.Hooks{Who: r.SignIn.Who, Shell: r.Desk.Shell,
		May: func(ctx context.Context, user, perm string) error {
			can, _, err := a.Gate.May(ctx, user, perm)
			if err == nil && !can[perm] {
				err = fault.New(fault.Denied, "fault.denied", "permission", perm)
			}
			return err
		},
		With: func(ctx context.Context, r *web.Request) context.Context { return gate.WithDevice(ctx, r.SessionID) },
	}
}

// files opens the store of attached files, with the scanner where one is configured.
func (a *App) files() (*blob.Store, error) {
	var scan *blob.Clamd
	if a.Config.Clamd.Addr != "" {
		scan = &blob.Clamd{Addr: a.Config.Clamd.Addr, Timeout: a.Config.Clamd.Timeout}
	}
	return blob.New(a.Config.BlobFolder(), scan)
}

// ConditionNames are the conditions that a stage of a programme may ask for, in the order of the alphabet.
func ConditionNames() []string {
	return []string{"accommodation.settled", "case.settled", "cash.settled", "clearance.given", "consent.recorded", "counselling.fear_looked_at", "counselling.session_held", "counselling.wishes_to_proceed", "declaration.signed",
		"documents.complete", "eligibility.decided", "fitness.cleared", "monitoring.visited", "post_arrival.done", "reintegration.assessed", "reintegration.delivered", "reintegration.plan_approved",
		"screening.child_gate", "screening.done", "screening.due_diligence", "travel.arrived", "travel.booked", "travel.departed"}
}
