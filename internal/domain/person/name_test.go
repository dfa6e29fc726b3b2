package person_test

import (
	"testing"

	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/ui"
)

// One way to call somebody, whichever of their names is known; nobody is called nothing, and nobody by a number.
func TestCalled(t *testing.T) {
	for _, c := range []struct {
		p      person.Person
		called string
		parts  ui.NameParts
	}{
		{person.Person{ID: "7", GivenNames: "Amina", FamilyName: "Testpour", NativeGiven: "امینه", NativeLang: "fa", KnownAs: "Mina"}, "Amina Testpour", ui.NameParts{Latin: "Amina Testpour", Native: "امینه", NativeLang: "fa"}},
		{person.Person{ID: "7", NativeGiven: "امینه", NativeLang: "fa", KnownAs: "Mina"}, "امینه", ui.NameParts{Native: "امینه", NativeLang: "fa"}},
		{person.Person{ID: "7", KnownAs: "Mina"}, "Mina", ui.NameParts{Latin: "Mina"}},
		{person.Person{ID: "7"}, "–", ui.NameParts{Latin: "–"}},
	} {
		if got := c.p.Called(); got != c.called {
			t.Errorf("called %q, want %q", got, c.called)
		}
		if got := c.p.Parts(); got != c.parts {
			t.Errorf("in both scripts %q, want %q", got, c.parts)
		}
		if c.p.Unnamed() != (c.called == "–") {
			t.Errorf("%q: unnamed is %v", c.called, c.p.Unnamed())
		}
	}
}
