package ledger

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// office is a small world of two funds, three cases and one box, worked on by random hands.
type office struct {
	books  Books
	budget map[string]int64
}

var (
	funds = []string{"amif", "national"}
	cases = []string{"a", "b", "c"}
)

// entryOf draws any entry that staff can make, possible or not.
func entryOf(t *rapid.T) (fund string, budget int64, ps []Posting) {
	fund = rapid.SampledFrom(funds).Draw(t, "fund")
	p := purse{fund, rapid.SampledFrom(cases).Draw(t, "case"), "EUR"}
	n := rapid.Int64Range(1, 5_000).Draw(t, "amount")
	switch rapid.SampledFrom([]string{"budget", "cut", "reserve", "release", "commit", "uncommit", "cancel", "pay", "payCash", "recall", "takeBack", "fill"}).Draw(t, "what") {
	case "budget":
		return fund, n, p.budget(n)
	case "cut":
		return fund, -n, p.budget(-n)
	case "reserve":
		ps = p.reserve(n)
	case "release":
		ps = p.release(n)
	case "commit":
		ps = p.commit(n)
	case "uncommit":
		ps = p.uncommit(n)
	case "cancel":
		ps = p.cancel(n)
	case "pay":
		ps = p.pay(n, "")
	case "payCash":
		ps = p.pay(n, "box")
	case "recall":
		ps = p.recall(n)
	case "takeBack":
		ps = p.takeBack(n, "box")
	case "fill":
		ps = move(n, till("", "EUR"), till("box", "EUR"))
	}
	return fund, 0, ps
}

func (o *office) check(t *rapid.T) {
	var all, out, gone int64
	inFund := map[string]int64{}
	for a, n := range o.books {
		all += n
		switch a.Kind {
		case accFund, accReserved, accCommit, accPaid, accReturn:
			if n < 0 {
				t.Fatalf("%s of %s is %d", a.Kind, a.FundID, n)
			}
			inFund[a.FundID] += n
			if a.Kind == accPaid || a.Kind == accReturn {
				gone += n
			}
		case accBox:
			if n < 0 {
				t.Fatalf("the box holds %d", n)
			}
		case accOut:
			out += n
		}
	}
	if all != 0 {
		t.Fatalf("the book adds up to %d", all)
	}
	for f, n := range inFund {
		if n != o.budget[f] {
			t.Fatalf("fund %s: %d is promised, spent or free of a budget of %d", f, n, o.budget[f])
		}
	}
	if out != gone {
		t.Fatalf("%d is with the people, the funds say %d", out, gone)
	}
}

// Whatever is done in whatever order: the book adds up to nothing, no fund promises more than it has, nothing falls below
// zero, a refusal changes nothing, and a reversal undoes exactly its entry.
func TestTheBookHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := office{Books{}, map[string]int64{}}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			fund, budget, ps := entryOf(t)
			before := maps.Clone(o.books)
			err := o.books.Post(ps)
			var low *belowZero
			switch {
			case err == nil:
				o.budget[fund] += budget
			case errors.As(err, &low):
				if !maps.Equal(before, o.books) {
					t.Fatal("a refused entry changed the book")
				}
			default:
				t.Fatal(err)
			}
			o.check(t)
			if err == nil && rapid.Bool().Draw(t, "reverse") {
				if err := o.books.Post(swapped(ps)); err != nil {
					t.Fatalf("what was just done cannot be undone: %v", err)
				}
				o.budget[fund] -= budget
				for a, n := range o.books {
					if n != before[a] {
						t.Fatalf("%v is %d after the reversal, was %d", a, n, before[a])
					}
				}
				o.check(t)
			}
		}
	})
}

func TestUnbalancedEntriesAreRefused(t *testing.T) {
	a, b := till("", "EUR"), till("box", "EUR")
	for name, ps := range map[string][]Posting{
		"one side": {{b, 5}}, "not equal": {{a, -5}, {b, 6}},
		"two currencies": {{a, -5}, {till("box", "USD"), 5}},
		"too large":      {{a, -1 << 63}, {b, -1 << 63}},
	} {
		books := Books{}
		if err := books.Post(ps); err == nil || len(books) != 0 {
			t.Errorf("%s: %v, %v", name, err, books)
		}
	}
}

func TestSharesAlwaysAddUp(t *testing.T) {
	eu, rest := Share{"EU", 75}, Share{"national", 25}
	got := SplitAmong(money.Of(1000001, "EUR"), []Share{eu, rest})
	if got[0].Minor != 750001 || got[1].Minor != 250000 {
		t.Errorf("10,000.01 at 75/25 is %v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "payers")
		left, shares := int64(100), []Share{}
		for i := range n {
			p := left
			if i < n-1 {
				p = rapid.Int64Range(1, left-int64(n-1-i)).Draw(t, "percent")
			}
			left -= p
			shares = append(shares, Share{"p", p})
		}
		if !goodShares(shares) {
			t.Fatalf("%v is refused", shares)
		}
		amount := rapid.Int64Range(-1_000_000_000, 1_000_000_000).Draw(t, "amount")
		var sum int64
		for _, part := range SplitAmong(money.Of(amount, "EUR"), shares) {
			if part.Minor != 0 && (part.Minor < 0) != (amount < 0) {
				t.Fatalf("a part of %d is %d", amount, part.Minor)
			}
			sum += part.Minor
		}
		if sum != amount {
			t.Fatalf("the parts of %d make %d", amount, sum)
		}
	})
}

func TestSharesAsTyped(t *testing.T) {
	for text, ok := range map[string]bool{"AMIF 75, national 25": true, "AMIF 75%\nnational 25 %": true, "all 100": true, "AMIF 75": false, "AMIF": false, "": false, "A 50, B 60": false, "A 0, B 100": false, "A 100, B -0": false} {
		if got := goodShares(ParseShares(text)); got != ok {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestBankNotes(t *testing.T) {
	for text, want := range map[string]int64{"50x10 20x25": 100000, "500x1": 50000, "": 0} {
		if got, ok := notesSum(text, "EUR"); !ok || got != want {
			t.Errorf("%q: %d %v", text, got, ok)
		}
	}
	for _, text := range []string{"50", "x", "50x0", "0x5", "50x-1", "abcx2", "99999999999999999999x1", strings.Repeat("5x1 ", 51)} {
		if _, ok := notesSum(text, "EUR"); ok {
			t.Errorf("%q was read", text)
		}
	}
	if n, _ := notesSum("100x3", "JPY"); n != 300 {
		t.Errorf("yen have no cents: %d", n)
	}
}

func TestWhichFundServes(t *testing.T) {
	f := Fund{Programme: "test", Currency: "EUR", From: day.New(2026, 1, 1), Until: day.New(2026, 12, 31)}
	for _, c := range []struct {
		programme, currency string
		on                  day.Date
		want                bool
	}{{"test", "EUR", day.New(2026, 1, 1), true}, {"test", "EUR", day.New(2026, 12, 31), true}, {"test", "EUR", day.New(2025, 12, 31), false},
		{"test", "EUR", day.New(2027, 1, 1), false}, {"other", "EUR", day.New(2026, 5, 1), false}, {"test", "USD", day.New(2026, 5, 1), false}} {
		if got := f.ServesOn(c.programme, c.currency, c.on); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestHowLongPapersAreKept(t *testing.T) {
	f := Fund{KeepYears: 5}
	if got := f.KeepUntil(day.New(2026, 3, 2)); got != day.New(2031, 12, 31) {
		t.Errorf("paid in March 2026: kept until %v", got)
	}
	if got := f.KeepUntil(day.Date{}); !got.IsZero() {
		t.Errorf("nothing paid: %v", got)
	}
}

func TestCashOfTravellingPeople(t *testing.T) {
	line := func(person, state string) Line { return Line{PersonID: person, Modality: "cash", State: state} }
	for _, c := range []struct {
		name          string
		known         bool
		entitled      map[string]bool
		lines         []Line
		missing, open int
	}{
		{"nothing planned", false, nil, nil, 2, 0},
		{"both done", false, nil, []Line{line("a", Paid), line("b", NotDue)}, 0, 0},
		{"one approved", false, nil, []Line{line("a", Paid), line("b", Approved)}, 0, 1},
		{"given back and planned anew", false, nil, []Line{line("a", Released), line("a", Planned), line("b", Paid)}, 0, 1},
		{"only released", false, nil, []Line{line("a", Released), line("b", Paid)}, 1, 0},
		{"not entitled", true, map[string]bool{"a": true}, []Line{line("a", Paid)}, 0, 0},
		{"entitled, nothing planned", true, map[string]bool{"a": true, "b": true}, []Line{line("a", Paid)}, 1, 0},
		{"an item of a plan is not the cash", false, nil, []Line{line("a", Paid), {PersonID: "b", Modality: "cash", State: Paid, ItemRef: "x"}}, 1, 0},
	} {
		missing, open := unsettledCash([]string{"a", "b"}, c.entitled, c.known, c.lines)
		if len(missing) != c.missing || len(open) != c.open {
			t.Errorf("%s: missing %v, open %v", c.name, missing, open)
		}
	}
}

// What is typed about shares and bank notes never breaks the program, and never counts for more than it says.
func FuzzTypedMoney(f *testing.F) {
	for _, s := range []string{"AMIF 75, national 25", "50x10 20x5", "9223372036854775807x9", "x", ", ,", "A 100%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if shares := ParseShares(s); goodShares(shares) {
			var sum int64
			for _, part := range SplitAmong(money.Of(1_000_001, "EUR"), shares) {
				sum += part.Minor
			}
			if sum != 1_000_001 {
				t.Fatalf("%q parts a sum into %d", s, sum)
			}
		}
		if n, ok := notesSum(s, "EUR"); ok && n < 0 {
			t.Fatalf("%q counts %d", s, n)
		}
	})
}
