package app_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/app/demo"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

// family registers a mother and a child and opens their case in Athens.
func family(t testing.TB, h *house.House) (caseID, personID string) {
	t.Helper()
	ctx, me := context.Background(), h.Staff["counsellor"]
	var ids []string
	for _, p := range []person.Person{{GivenNames: "Amina", FamilyName: "Testpour", Sex: "female", BirthKind: person.Unknown, Nationality: "PK"}, {GivenNames: "Sara", FamilyName: "Testpour", Sex: "female", BirthKind: person.Unknown, Nationality: "PK"}} {
		p.ID, p.Invented = h.App.Gate.IDs.New(), true
		if _, err := h.App.Rooms.Persons.Register(ctx, me, p); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	c, err := h.App.Rooms.Cases.Open(ctx, me, casefile.Opening{ID: h.App.Gate.IDs.New(), Programme: "gr-avrr", Principal: ids[0], Members: []casefile.OpeningMember{{PersonID: ids[1], Relation: "child"}}})
	if err != nil {
		t.Fatal(err)
	}
	return c.ID, ids[0]
}

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// TestEveryRouteForEveryRole knocks at every route as every role and writes down what happens. A new route, or a role that
// may suddenly do more, changes the golden file, and somebody has to read it.
//
//   - the role gets in (the page, a redirect, or a complaint about an empty form)
//   - refused: not part of the role
//     0  not found: the role may, but this case is not in its scope
//     >  sent to the front door
func TestEveryRouteForEveryRole(t *testing.T) {
	h := house.New(t, "sqlite")
	caseID, personID := family(t, h)
	roles := []string{"nobody"}
	visitors := map[string]*house.Visitor{"nobody": h.Visitor()}
	for _, l := range demo.Logins() {
		role := strings.TrimPrefix(l.RoleKey, "role.")
		roles = append(roles, role)
		visitors[role] = h.As(l.Login)
	}
	roles = append(roles, "other office")
	visitors["other office"] = h.As("counsellor3") // the same role, in Thessaloniki
	routes := h.App.Web.Routes()
	sort.Slice(routes, func(i, j int) bool { return key(routes[i].Pattern) < key(routes[j].Pattern) })
	var out strings.Builder
	fmt.Fprintf(&out, "%-62s %-26s", "", "")
	for _, r := range roles {
		fmt.Fprintf(&out, " %-13s", r)
	}
	out.WriteString("\n")
	for _, rt := range routes {
		method, pattern, ok := strings.Cut(rt.Pattern, " ")
		if !ok {
			t.Errorf("route %q has no method: then every method would do", rt.Pattern)
			continue
		}
		if ends(pattern) { // signing out would end the visit
			continue
		}
		path := strings.NewReplacer("{$}", "").Replace(pattern)
		first := true
		path = wildcard.ReplaceAllStringFunc(path, func(w string) string {
			if first {
				first = false
				if strings.HasPrefix(pattern, "/cases/") {
					return caseID
				}
				if strings.HasPrefix(pattern, "/persons/") {
					return personID
				}
			}
			return "0197a000-0000-7000-8000-000000000000"
		})
		fmt.Fprintf(&out, "%-62s %-26s", rt.Pattern, rt.Access)
		for _, role := range roles {
			req, _ := http.NewRequest(method, h.URL+path, nil)
			if method == http.MethodPost {
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			a := visitors[role].Send(req)
			mark := "+"
			switch {
			case a.Path == "/sign-in" && pattern != "/sign-in" || a.Status == http.StatusUnauthorized:
				mark = ">"
			case a.Status == http.StatusForbidden:
				mark = "-"
			case a.Status == http.StatusNotFound:
				mark = "0"
			case a.Status >= 500:
				t.Errorf("%s as %s: %d\n%s", rt.Pattern, role, a.Status, a.Body)
				mark = "!"
			}
			if rt.Access != web.Public && role == "nobody" && mark != ">" {
				t.Errorf("%s lets strangers in: %d", rt.Pattern, a.Status)
			}
			if role == "other office" && strings.HasPrefix(pattern, "/cases/{id}") && mark == "+" {
				// A form may be refused before anybody looks for the case; then the answer for a case that never was
				// must be the same.
				other, _ := http.NewRequest(method, h.URL+strings.Replace(path, caseID, "0197a000-0000-7000-8000-000000000000", 1), nil)
				other.Header = req.Header
				if b := visitors[role].Send(other); b.Status != a.Status || a.Status != http.StatusUnprocessableEntity {
					t.Errorf("%s shows a case of Athens to Thessaloniki: %d, and %d for a case that never was", rt.Pattern, a.Status, b.Status)
				}
			}
			fmt.Fprintf(&out, " %-13s", mark)
		}
		out.WriteString("\n")
	}
	house.Golden(t, "routes.txt", trim(out.String()))
}

func key(pattern string) string { m, p, _ := strings.Cut(pattern, " "); return p + " " + m }

func ends(pattern string) bool {
	return pattern == "/sign-out" || pattern == "/account/sign-out-everywhere" || strings.HasPrefix(pattern, "/account/password") || strings.HasPrefix(pattern, "/account/sessions")
}

func trim(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
