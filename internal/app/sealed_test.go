package app_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/internal/app/ops"
	"github.com/nostos-avrr/nostos/internal/domain/casefile"
	"github.com/nostos-avrr/nostos/internal/domain/person"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/testkit/house"
)

// The words that must never lie in clear anywhere. The first stands in everything confided, whoever wrote it; the others have
// a form of their own.
const (
	confided = "Quetzalcoatlus"
	phone    = "6900718293"
	paperNo  = "QX7714093"
	mail     = "pterodactyl.secret"
)

// What was confided is nowhere to be read in clear: not in the database's bytes or its log of writes, not in a backup, not
// in what PostgreSQL's own tool writes out, not beside the attached files, not in the program's log.
func TestNothingConfidedLiesInClear(t *testing.T) {
	house.Each(t, func(t *testing.T, h *house.House) {
		var log bytes.Buffer
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		t.Cleanup(func() { slog.SetDefault(slog.New(slog.DiscardHandler)) })
		caseID, personID := family(t, h)
		confide(t, h, caseID, personID)
		w := &walker{t: t, h: h, done: map[string]bool{}, paths: []string{"/cases/" + caseID, "/persons/" + personID}}
		for _, login := range []string{"counsellor", "protection", "medical", "supervisor", "manager"} {
			w.walk(login)
		}
		if w.taken < 10 {
			t.Errorf("only %d forms took the words", w.taken)
		}
		t.Logf("%d forms took the words, %d did not", w.taken, w.refused)
		places := map[string][]byte{"the program's log": log.Bytes()}
		if h.App.DB.Engine() == "sqlite" {
			for _, f := range []string{"nostos.db", "nostos.db-wal"} {
				places[f] = read(t, filepath.Join(h.Data, f))
			}
		} else {
			places["pg_dump"] = pgDump(t, h.App.Config.DB)
		}
		backup := filepath.Join(t.TempDir(), "backup")
		if _, err := ops.Backup(context.Background(), h.App.Config, backup, nil, nil); err != nil {
			t.Fatal(err)
		}
		for name, text := range unpacked(t, backup) {
			places["backup: "+name] = text
		}
		err := filepath.WalkDir(h.App.Config.BlobFolder(), func(path string, e fs.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() {
				places["attached file "+e.Name()] = read(t, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for name, text := range places {
			for _, secret := range []string{confided, phone, paperNo, mail} {
				if at := inClear(text, secret); at != "" {
					t.Errorf("%s holds %s in clear: %s", name, secret, at)
				}
			}
			found = found || name != "the program's log" && inClear(text, "Testpour") != ""
		}
		if !found { // names are readable, because they must be found: so the search itself can be seen to work
			t.Error("the search does not even find a name")
		}
	})
}

// confide writes through the commands, as colleagues with every clearance do.
func confide(t *testing.T, h *house.House, caseID, personID string) {
	t.Helper()
	ctx, r, id := context.Background(), h.App.Rooms, h.App.Gate.IDs.New
	me := h.Staff["counsellor"]
	do := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	do("phone", r.Persons.AddContact(ctx, me, person.Contact{ID: id(), PersonID: personID, Kind: "phone", Value: "+30 " + phone, Safe: "only_if", SafeNote: confided + " only in the morning"}))
	do("mail", r.Persons.AddContact(ctx, me, person.Contact{ID: id(), PersonID: personID, Kind: "email", Value: mail + "@example.org", Safe: "yes"}))
	do("address", r.Persons.AddContact(ctx, me, person.Contact{ID: id(), PersonID: personID, Kind: "address", Value: confided + " street 4", Safe: "no"}))
	paper := person.Paper{ID: id(), PersonID: personID, Kind: "passport", Number: paperNo, Country: "PK", HeldBy: "applicant", Note: confided + " torn"}
	do("paper", r.Persons.AddPaper(ctx, me, paper))
	do("stolen paper", r.Persons.MovePaper(ctx, me, personID, paper.ID, "stolen", confided+" at the station", "report "+paperNo))
	sheet := person.Sheet{PersonID: personID, NoticeVersion: person.NoticeVersion, Language: "ur", Interpreter: confided + " interpreter", Witness: confided + " witness", Method: "oral_witnessed", GivenBy: personID}
	do("consent", r.Persons.GiveConsent(ctx, me, sheet, person.Answer{ID: id(), Question: person.Question{Purpose: "store", Recipient: "our_office"}}))
	do("hold", r.Persons.Hold(ctx, h.Staff["manager"], person.Hold{ID: id(), PersonID: personID, Kind: "legal", Until: day.New(2030, 1, 1), Reason: confided + " in court"}))
	do("task", r.Cases.WriteTask(ctx, me, casefile.Task{CaseID: caseID, Title: confided + " to be asked", Urgent: true}))
	_, err := r.Cases.Attach(ctx, me, casefile.Attachment{CaseID: caseID, Kind: "letter", Title: confided + " letter", FileName: confided + ".txt"}, strings.NewReader(confided+" wrote a letter, long enough to be a text."))
	do("file", err)
	for class, login := range map[string]string{"normal": "counsellor", "medical": "medical", "child": "protection", "trafficking": "protection", "protection": "protection"} {
		n := casefile.Note{ID: id(), CaseID: caseID, Kind: "note", Class: class, Text: confided + ", a " + class + " matter, call " + phone}
		do(class+" note", r.Cases.AddNote(ctx, h.Staff[login], n))
		_, err := r.Cases.StrikeNote(ctx, h.Staff[login], caseID, n.ID, confided+" was wrong", confided+" again")
		do(class+" correction", err)
	}
}

// walker goes through the pages of a case and a person and puts the word into every form it meets, so that a room which is
// added later is looked at without anybody thinking of it.
type walker struct {
	t              *testing.T
	h              *house.House
	paths          []string
	done           map[string]bool
	taken, refused int
}

var (
	linkRE = regexp.MustCompile(`href="([^"]+)"`)
	formRE = regexp.MustCompile(`(?s)<form\b([^>]*)>(.*?)</form>`)
	tagRE  = regexp.MustCompile(`(?s)<(input|textarea|select)\b([^>]*)>`)
	attrRE = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
	optRE  = regexp.MustCompile(`<option\b[^>]*value="([^"]+)"`)
)

// open are the fields that are readable on purpose, because lists are searched and sorted by them: persons'
// names, and for whom a case waits.
var open = regexp.MustCompile(`^(given_names|family_name|native_given|native_family|father_name|known_as|birth_place|q|name|query|number)$`)

// leave are the ways out that would end the walk: the case withdrawn, closed or handed over, the person erased.
var leave = regexp.MustCompile(`/(withdraw|close|hand-over|erase|reopen|move|assign|remove|drop|strike|print|letters)\b|/persons/[^/]+/edit`)

func attrs(tag string) map[string]string {
	out := map[string]string{}
	for _, m := range attrRE.FindAllStringSubmatch(tag, -1) {
		out[m[1]] = html.UnescapeString(m[2])
	}
	return out
}

func (w *walker) walk(login string) {
	v := w.h.As(login)
	seen := map[string]bool{}
	todo := append([]string{}, w.paths...)
	for n := 0; len(todo) > 0 && n < 150; n++ {
		path := todo[0]
		todo = todo[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		a := v.Get(path)
		if a.Status != 200 {
			continue
		}
		for _, m := range linkRE.FindAllStringSubmatch(a.Body, -1) {
			to, _, _ := strings.Cut(html.UnescapeString(m[1]), "#")
			to, _, _ = strings.Cut(to, "?list=")
			for _, p := range w.paths {
				if strings.HasPrefix(to, p+"/") && !seen[to] && !leave.MatchString(to) {
					todo = append(todo, to)
				}
			}
		}
		for _, m := range formRE.FindAllStringSubmatch(a.Body, -1) {
			w.fill(v, login, path, attrs(m[1]), m[2])
		}
	}
}

// fill sends one form, once per colleague, with the word in every field for text.
func (w *walker) fill(v *house.Visitor, login, page string, form map[string]string, body string) {
	action := form["action"]
	if action == "" {
		action = page
	}
	if !strings.EqualFold(form["method"], "post") || form["enctype"] != "" || leave.MatchString(action) || w.done[login+action] {
		return
	}
	in := false
	for _, p := range w.paths {
		in = in || strings.HasPrefix(action, p)
	}
	if !in {
		return
	}
	w.done[login+action] = true
	values, texts := url.Values{}, 0
	for _, loc := range tagRE.FindAllStringSubmatchIndex(body, -1) {
		kind, a := body[loc[2]:loc[3]], attrs(body[loc[4]:loc[5]])
		name, typ := a["name"], a["type"]
		date := strings.HasSuffix(name, "_d") || strings.HasSuffix(name, "_m") || strings.HasSuffix(name, "_y")
		switch {
		case name == "":
		case kind == "select":
			rest, _, _ := strings.Cut(body[loc[1]:], "</select>")
			if m := optRE.FindStringSubmatch(rest); m != nil {
				values.Set(name, m[1])
			}
		case typ == "hidden":
			values.Add(name, a["value"])
		case typ == "radio":
			if !values.Has(name) {
				values.Set(name, a["value"])
			}
		case typ == "checkbox":
			values.Add(name, a["value"])
		case date:
			values.Set(name, map[byte]string{'d': "5", 'm': "3", 'y': "2026"}[name[len(name)-1]])
		case typ == "number" || a["inputmode"] == "numeric":
			values.Set(name, "1")
		case kind == "textarea" || typ == "" || typ == "text" || typ == "search" || typ == "tel" || typ == "email":
			if open.MatchString(name) {
				values.Set(name, "Readable")
				continue
			}
			values.Set(name, confided)
			texts++
		}
	}
	if texts == 0 {
		return
	}
	before := entries(w.t, w.h)
	a := v.Post(action, values)
	if a.Status >= 500 {
		w.t.Errorf("%s as %s: %d", action, login, a.Status)
	}
	if entries(w.t, w.h) > before && a.Status == 200 {
		w.taken++
	} else {
		w.refused++
	}
}

// inClear looks for a word as it is, in other letters, in hexadecimal (as PostgreSQL writes bytes) and in base64.
func inClear(text []byte, secret string) string {
	low := bytes.ToLower(text)
	for _, form := range append(base64Forms(secret), strings.ToLower(secret), hex.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(strings.ToLower(secret)))) {
		in := low
		if form != strings.ToLower(form) { // base64 tells small letters from great ones
			in = text
		}
		if i := bytes.Index(in, []byte(form)); i >= 0 {
			return fmt.Sprintf("…%q…", in[max(0, i-120):min(len(in), i+len(form)+40)])
		}
	}
	return ""
}

// base64Forms are the three ways a word may look in base64, without the letters that its neighbours change.
func base64Forms(s string) (out []string) {
	for shift := range 3 {
		e := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + s))
		out = append(out, e[(shift*8+5)/6:len(e)-2])
	}
	return out
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pgDump is the database as PostgreSQL's own tool writes it out.
func pgDump(t *testing.T, address string) []byte {
	t.Helper()
	tools, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
	sort.Slice(tools, func(i, j int) bool { return len(tools[i]) < len(tools[j]) || tools[i] < tools[j] })
	tool := "pg_dump"
	if len(tools) > 0 {
		tool = tools[len(tools)-1]
	}
	cmd := exec.Command(tool, "--format=plain", "--dbname="+address)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// unpacked is a backup's entries, uncompressed. PostgreSQL's own archive within it is compressed in parts; its content is
// looked at by pgDump.
func unpacked(t *testing.T, path string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{"the file": read(t, path)}
	z, err := gzip.NewReader(bytes.NewReader(out["the file"]))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		e, err := r.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if out[e.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}
