package person

import (
	"reflect"
	"testing"
)

// What somebody wrote down of how to reach a person is taken apart only where that is certain.
func TestContactIn(t *testing.T) {
	for text, want := range map[string]Contact{
		"":                                {},
		"+30 690 000 1111":                {Kind: "phone", Value: "+30 690 000 1111", Safe: "yes", Preferred: true},
		"+30 690 000 1111, after 17:00":   {Kind: "phone", Value: "+30 690 000 1111", Safe: "only_if", SafeNote: "after 17:00", Preferred: true},
		" (0030) 690-000.1111: evenings ": {Kind: "phone", Value: "(0030) 690-000.1111", Safe: "only_if", SafeNote: "evenings", Preferred: true},
		"amina@example.org":               {Kind: "email", Value: "amina@example.org", Safe: "yes", Preferred: true},
		"amina@example.org not at work":   {Kind: "email", Value: "amina@example.org", Safe: "only_if", SafeNote: "not at work", Preferred: true},
		"her brother in the kiosk":        {Kind: "messenger", Value: "her brother in the kiosk", Safe: "yes", Preferred: true},
		"room 12":                         {Kind: "messenger", Value: "room 12", Safe: "yes", Preferred: true},
	} {
		got := contactIn(text)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
		if err := checkContact(&got); err != nil && text != "" {
			t.Errorf("%q: what is proposed is refused: %v", text, err)
		}
	}
}
