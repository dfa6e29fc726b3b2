package browser

import (
	"testing"
	"time"
)

// BeImpatient makes the helpers give up at once, for tests in which they must fail.
func BeImpatient(t *testing.T) {
	find, must := patienceFind, patienceMust
	t.Cleanup(func() { patienceFind, patienceMust = find, must })
	patienceFind, patienceMust = 100*time.Millisecond, 100*time.Millisecond
}
