package ledger

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/money"
)

// Kinds of accounts. The first five share out a fund's budget among what may still be done with it; together they are the
// budget, always. The others say where the coins are.
const (
	accFund     = "fund"       // free
	accReserved = "reserved"   // asked for
	accCommit   = "commitment" // approved
	accPaid     = "paid"       // gone
	accReturn   = "to_return"  // gone, and must come back
	accGrant    = "grant"      // the donor's side of the budget
	accBox      = "cash_box"
	accBank     = "bank"
	accOut      = "handed_out" // with the people and suppliers
)

// mayGoBelow are the accounts that stand for the world outside; of everything else there cannot be less than nothing.
var mayGoBelow = []string{accGrant, accBank, accOut}

// Account is one page of the book.
type Account struct{ Kind, FundID, CaseID, BoxID, Currency string }

// id names the account the same way everywhere, so that it needs no looking up.
func (a Account) id() string {
	return strings.Join([]string{a.Kind, a.FundID, a.CaseID, a.BoxID, a.Currency}, "/")
}

// Posting is one side of an entry.
type Posting struct {
	Account
	Amount int64
}

// Books are the balances of all accounts.
type Books map[Account]int64

var (
	errUnbalanced = errors.New("ledger: the postings of an entry do not add up to nothing")
	errOverflow   = errors.New("ledger: the amount is too large")
)

// belowZero is a posting that would leave less than nothing in an account.
type belowZero struct {
	Account
	have, short int64
}

func (e *belowZero) Error() string { return "ledger: not enough in " + e.Kind }

// balanced holds for every entry: per currency its postings add up to nothing.
func balanced(ps []Posting) error {
	sums := map[string]money.Amount{}
	for _, p := range ps {
		sum, err := money.Of(sums[p.Currency].Minor, p.Currency).Add(money.Of(p.Amount, p.Currency))
		if err != nil {
			return errOverflow
		}
		sums[p.Currency] = sum
	}
	for _, s := range sums {
		if s.Minor != 0 {
			return errUnbalanced
		}
	}
	return nil
}

// Post writes an entry into the books, all of it or nothing.
func (b Books) Post(ps []Posting) error {
	if err := balanced(ps); err != nil {
		return err
	}
	next := Books{}
	for _, p := range ps {
		have, seen := next[p.Account]
		if !seen {
			have = b[p.Account]
		}
		sum, err := money.Of(have, p.Currency).Add(money.Of(p.Amount, p.Currency))
		if err != nil {
			return errOverflow
		}
		next[p.Account] = sum.Minor
	}
	for _, p := range ps { // in the order of the entry, so that the same mistake always gets the same answer
		if n := next[p.Account]; n < 0 && !slices.Contains(mayGoBelow, p.Kind) {
			return &belowZero{p.Account, b[p.Account], -n}
		}
	}
	for a, n := range next {
		b[a] = n
	}
	return nil
}

// move takes an amount from one account to another.
func move(amount int64, from, to Account) []Posting {
	return []Posting{{from, -amount}, {to, amount}}
}

// swapped is the reversal of an entry: the same accounts, the other way round.
func swapped(ps []Posting) []Posting {
	out := make([]Posting, len(ps))
	for i, p := range ps {
		out[i] = Posting{p.Account, -p.Amount}
	}
	return out
}

// purse are the accounts of a fund, and of a case within it.
type purse struct{ fund, caseID, currency string }

func (p purse) acc(kind string) Account {
	a := Account{Kind: kind, FundID: p.fund, Currency: p.currency}
	if kind == accReserved || kind == accCommit || kind == accPaid || kind == accReturn {
		a.CaseID = p.caseID
	}
	return a
}

// till is where cash comes from: a box, or the bank when boxID is empty.
func till(boxID, currency string) Account {
	if boxID == "" {
		return Account{Kind: accBank, Currency: currency}
	}
	return Account{Kind: accBox, BoxID: boxID, Currency: currency}
}

// The entries of the book. Each is named as staff say it.

func (p purse) budget(delta int64) []Posting { return move(delta, p.acc(accGrant), p.acc(accFund)) }
func (p purse) reserve(n int64) []Posting    { return move(n, p.acc(accFund), p.acc(accReserved)) }
func (p purse) release(n int64) []Posting    { return move(n, p.acc(accReserved), p.acc(accFund)) }
func (p purse) commit(n int64) []Posting     { return move(n, p.acc(accReserved), p.acc(accCommit)) }
func (p purse) uncommit(n int64) []Posting   { return move(n, p.acc(accCommit), p.acc(accReserved)) }
func (p purse) cancel(n int64) []Posting     { return move(n, p.acc(accCommit), p.acc(accFund)) }
func (p purse) recall(n int64) []Posting     { return move(n, p.acc(accPaid), p.acc(accReturn)) }

func (p purse) pay(n int64, boxID string) []Posting {
	return append(move(n, p.acc(accCommit), p.acc(accPaid)), move(n, till(boxID, p.currency), p.acc(accOut))...)
}

func (p purse) takeBack(n int64, boxID string) []Posting {
	return append(move(n, p.acc(accReturn), p.acc(accFund)), move(n, p.acc(accOut), till(boxID, p.currency))...)
}

// SplitAmong parts an amount among the payers of a fund: of two, the first bears its percentage rounded half up and the
// second the rest, as co-financing rules say; more are served by largest remainder. The parts always add up to the amount.
func SplitAmong(a money.Amount, shares []Share) []money.Amount {
	switch len(shares) {
	case 0:
		return nil
	case 1:
		return []money.Amount{a}
	case 2:
		first, rest := a.Share(shares[0].Percent)
		return []money.Amount{first, rest}
	}
	percents := make([]int64, len(shares))
	for i, s := range shares {
		percents[i] = s.Percent
	}
	return a.Split(percents...)
}

// checkFund looks at what was typed about a fund.
func checkFund(f Fund) (fs []fault.Field) {
	add := func(name, key string) { fs = append(fs, fault.Field{Name: name, Key: key}) }
	if f.Code == "" || len(f.Code) > 40 {
		add("code", "ledger.err.fund_code")
	}
	if f.Title == "" || len([]rune(f.Title)) > 200 {
		add("title", "ledger.err.fund_title")
	}
	if !money.Known(f.Currency) {
		add("currency", money.KeyCurrency)
	}
	if f.Budget <= 0 {
		add("budget", "ledger.err.amount")
	}
	if f.From.IsZero() {
		add("from", "common.date_not_real")
	}
	if !f.Until.IsZero() && f.Until.Before(f.From) {
		add("until", "ledger.err.until_before")
	}
	if f.KeepYears < 1 || f.KeepYears > 30 {
		add("keep_years", "ledger.err.keep_years")
	}
	if !goodShares(f.Shares) {
		add("shares", "ledger.err.shares")
	}
	return fs
}

func goodShares(ss []Share) bool {
	var sum int64
	for _, s := range ss {
		if s.Payer == "" || len(s.Payer) > 60 || s.Percent < 1 || s.Percent > 100 {
			return false
		}
		sum += s.Percent
	}
	return sum == 100
}

// ParseShares reads "AMIF 75, national 25".
func ParseShares(text string) []Share {
	var out []Share
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' || r == ';' || r == '،' }) {
		part = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(part), "%"))
		if part == "" {
			continue
		}
		i := strings.LastIndex(part, " ")
		if i < 0 {
			return nil
		}
		n, err := strconv.ParseInt(part[i+1:], 10, 64)
		if err != nil {
			return nil
		}
		out = append(out, Share{strings.TrimSpace(part[:i]), n})
	}
	return out
}

// ServesOn tells whether a fund can take on something of a programme and currency on a day.
func (f Fund) ServesOn(programme, currency string, on day.Date) bool {
	return f.Currency == currency && (f.Programme == "" || f.Programme == programme) && !on.Before(f.From) && (f.Until.IsZero() || !on.After(f.Until))
}

// KeepUntil is the day until which the papers of a fund must be kept: so many years from the end of the year in which the
// last payment was made. Before the first payment the clock has not started, and there is no day.
func (f Fund) KeepUntil(lastPaid day.Date) day.Date {
	if lastPaid.IsZero() {
		return day.Date{}
	}
	return day.New(lastPaid.Year(), 12, 31).AddMonths(12 * int(f.KeepYears))
}

// mayApprove keeps four eyes on every amount: nobody approves what they asked for themselves.
func mayApprove(l Line, actor string) error {
	switch {
	case l.State != Planned || l.Ceiling:
		return fault.New(fault.Conflict, "ledger.err.not_waiting")
	case l.ProposedBy == actor:
		return fault.New(fault.Conflict, "ledger.err.own_line")
	}
	return nil
}

// notesSum adds up bank notes written "50x10 20x5" (value, then how many); ok is false when it cannot be read.
func notesSum(text, currency string) (minor int64, ok bool) {
	unit := int64(1)
	for range money.Digits(currency) {
		unit *= 10
	}
	parts := strings.Fields(text)
	if len(parts) > 50 { // there are not that many kinds of notes; and the sum stays far from overflowing
		return 0, false
	}
	for _, part := range parts {
		v, n, found := strings.Cut(part, "x")
		value, err1 := strconv.ParseInt(v, 10, 64)
		count, err2 := strconv.ParseInt(n, 10, 64)
		if !found || err1 != nil || err2 != nil || value < 1 || count < 1 || value > 1_000_000 || count > 1_000_000 {
			return 0, false
		}
		minor += value * count * unit
	}
	return minor, true
}

// due says what of the cash of a case is not settled: for each travelling person, whether anything is still open.
func unsettledCash(travelling []string, entitled map[string]bool, known bool, lines []Line) (missing, open []string) {
	for _, person := range travelling {
		has, pending := false, false
		for _, l := range lines {
			if l.PersonID != person || l.Modality != "cash" || l.ItemRef != "" {
				continue
			}
			switch l.State {
			case Paid, NotDue:
				has = true
			case Planned, Approved, ToReturn:
				pending = true
			}
		}
		switch {
		case pending:
			open = append(open, person)
		case !has && (!known || entitled[person]):
			missing = append(missing, person)
		}
	}
	return missing, open
}
