package programme_test

import (
	"context"
	"html"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/nostos-avrr/nostos/internal/domain/org"
	"github.com/nostos-avrr/nostos/internal/domain/programme"
	"github.com/nostos-avrr/nostos/internal/platform/day"
	"github.com/nostos-avrr/nostos/internal/platform/db"
	"github.com/nostos-avrr/nostos/internal/platform/fault"
	"github.com/nostos-avrr/nostos/internal/platform/web"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
	"github.com/nostos-avrr/nostos/packs"
	"github.com/nostos-avrr/nostos/ui"
)

// copied takes the shipped programmes into memory, so that a test can change a file.
func copied(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(packs.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if top, _, _ := strings.Cut(name, "/"); err != nil || d.IsDir() || top != "gr-avrr" && top != "common" {
			return err
		}
		data, err := fs.ReadFile(packs.Files, name)
		out[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func loaded(t testing.TB, fsys fs.FS) *programme.Library {
	t.Helper()
	lib, err := programme.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func TestContentHash(t *testing.T) {
	hashes := func(fsys fs.FS) map[string]string {
		out := map[string]string{}
		for _, p := range loaded(t, fsys).All() {
			if p.Code == "gr-avrr" {
				out[p.Version] = p.Hash
			}
		}
		return out
	}
	before := hashes(copied(t))
	for _, c := range []struct {
		name    string
		change  func(fstest.MapFS)
		changed string
	}{
		{"line ends", func(m fstest.MapFS) {
			for _, f := range m {
				f.Data = []byte(strings.ReplaceAll(string(f.Data), "\n", "\r\n"))
			}
		}, ""},
		{"an example", func(m fstest.MapFS) { delete(m, "gr-avrr/examples/eu_citizen.yaml") }, ""},
		{"a word", func(m fstest.MapFS) {
			m["gr-avrr/locales/en.json"] = &fstest.MapFile{Data: []byte(`{"forms.gr_avrr.word": "A word"}`)}
		}, ""},
		{"an amount", func(m fstest.MapFS) {
			f := m["gr-avrr/entitlements.yaml"]
			f.Data = []byte(strings.Replace(string(f.Data), "1000.00", "1000.01", 1))
			for name := range m {
				if path.Base(path.Dir(name)) == "examples" {
					delete(m, name)
				}
			}
		}, "2023.1"},
		{"a form", func(m fstest.MapFS) {
			f := m["gr-avrr/forms/registration_extras.yaml"]
			f.Data = []byte(strings.Replace(string(f.Data), "max: 40", "max: 41", 1))
		}, "2023.1"},
		{"an old version", func(m fstest.MapFS) {
			f := m["gr-avrr/versions/2016.1/programme.yaml"]
			f.Data = append(f.Data, "# a word\n"...)
		}, "2016.1"},
		{"what programmes have in common", func(m fstest.MapFS) {
			f := m["common/stages/avrr.yaml"]
			f.Data = append(f.Data, "# a word\n"...)
		}, "2016.1 2019.1 2023.1"},
		{"a new file", func(m fstest.MapFS) { m["gr-avrr/letters/new.txt"] = &fstest.MapFile{Data: []byte("x")} }, "2023.1"},
	} {
		m := copied(t)
		c.change(m)
		for v, h := range hashes(m) {
			if (h != before[v]) != slices.Contains(strings.Fields(c.changed), v) {
				t.Errorf("%s: version %s changed = %v", c.name, v, h != before[v])
			}
		}
	}
}

func TestAdopt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ctx := world.New(t, d), context.Background()
		room := &programme.Domain{Gate: w.Gate, Library: loaded(t, copied(t))}
		entries := func() int64 { return w.Count(`SELECT COUNT(*) FROM journal`) }
		if err := room.Adopt(ctx, w.Staff["counsellor"]); !fault.Is(err, fault.Denied) {
			t.Fatalf("a counsellor adopts a programme: %v", err)
		}
		before := entries()
		if err := room.Adopt(ctx, org.SystemID); err != nil {
			t.Fatal(err)
		}
		if n := w.Count(`SELECT COUNT(*) FROM programme_version`); n != 3 || entries() != before+3 {
			t.Fatalf("%d versions, %d entries", n, entries()-before)
		}
		if err := room.Adopt(ctx, org.SystemID); err != nil || entries() != before+3 {
			t.Fatalf("starting again: %v, %d entries", err, entries()-before)
		}
		m := copied(t)
		f := m["gr-avrr/eligibility.yaml"]
		f.Data = append(f.Data, "# changed\n"...)
		room.Library = loaded(t, m)
		err := room.Adopt(ctx, org.SystemID)
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "programme.err.changed") {
			t.Fatalf("changed content under the same version: %v", err)
		}
		if entries() != before+3 {
			t.Error("a refused version was recorded")
		}
		// The same change under a new version is welcome; the old one stays in its folder.
		for name, old := range copied(t) {
			if rest, ok := strings.CutPrefix(name, "gr-avrr/"); ok && !strings.HasPrefix(rest, "versions/") {
				m["gr-avrr/versions/2023.1/"+rest] = old
			}
		}
		p := m["gr-avrr/programme.yaml"]
		p.Data = []byte(strings.NewReplacer(`"2023.1"`, `"2026.1"`, "from: 2023-09-01", "from: 2026-04-01").Replace(string(p.Data)))
		room.Library = loaded(t, m)
		if err := room.Adopt(ctx, org.SystemID); err != nil || entries() != before+4 {
			t.Fatalf("a new version: %v, %d entries", err, entries()-before)
		}
		for on, want := range map[string]string{"2026-03-31": "2023.1", "2026-04-01": "2026.1"} {
			if p, err := room.Library.Current("gr-avrr", day.MustParse(on)); err != nil || p.Version != want {
				t.Errorf("%s: %v %v, want %s", on, p, err, want)
			}
		}
	})
}

func TestPages(t *testing.T) {
	cat := catalogue(t)
	w := world.New(t, dbtest.SQLite(t))
	room := &programme.Domain{Gate: w.Gate, Library: shipped(t)}
	s := &web.Server{Cat: cat, Hooks: web.Hooks{
		Who: func(r *http.Request) (string, string, string, error) {
			return w.Staff[r.Header.Get("X-As")], "session", r.Header.Get("X-Lang"), nil
		},
		May: func(ctx context.Context, user, perm string) error {
			may, _, err := w.Gate.May(ctx, user, perm)
			if err == nil && !may[perm] {
				err = fault.New(fault.Denied, "fault.denied", "permission", perm)
			}
			return err
		},
		Shell: func(*web.Request) ui.Shell { return ui.Shell{} },
	}}
	room.Routes(s)
	h := s.Handler()
	get := func(as, lang, url string) (int, string) {
		r := httptest.NewRequest("GET", url, nil)
		r.Header.Set("X-As", as)
		r.Header.Set("X-Lang", lang)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec.Code, rec.Body.String()
	}
	if err := room.Adopt(context.Background(), org.SystemID); err != nil {
		t.Fatal(err)
	}
	code, body := get("manager", "en", "/programmes")
	for _, want := range []string{"Assisted voluntary return and reintegration from Greece", "/programmes/gr-avrr/2023.1", "/programmes/gr-avrr/2016.1", "In force", "Ended"} {
		if code != 200 || !strings.Contains(body, want) {
			t.Errorf("list: %d, no %q", code, want)
		}
	}
	code, body = get("manager", "en", "/programmes/gr-avrr/2023.1")
	for _, want := range []string{"1,000.00", "500.00", "Up to", "Provisional", "https://migration.gov.gr/en/gas/d-o-m", "Syria, Afghanistan and Ukraine", "Wants to return of their own will",
		"One of these is enough", "Every traveller has a valid document", "17,000", "75%", "Counselling report", "In use here since"} {
		if code != 200 || !strings.Contains(body, want) {
			t.Errorf("version: %d, no %q", code, want)
		}
	}
	for _, p := range room.Library.All() {
		for _, lang := range []string{"en", "ar"} {
			code, body := get("manager", lang, "/programmes/"+p.Code+"/"+p.Version)
			if code != 200 || strings.Contains(body, "⟦") || !strings.Contains(body, html.EscapeString(p.Name(lang))) {
				t.Errorf("%s in %s: %d", p.Version, lang, code)
			}
		}
	}
	for _, url := range []string{"/programmes/gr-avrr/1999.1", "/programmes/no-such/2023.1", "/programmes/%2e%2e/x"} {
		if code, _ := get("manager", "en", url); code != 404 && code != 301 && code != 307 {
			t.Errorf("%s: %d", url, code)
		}
	}
	for role, want := range map[string]int{"mediator": 403, "ministry": 403, "auditor": 200, "counsellor": 200, "nobody": 401} {
		if code, _ := get(role, "en", "/programmes/gr-avrr/2023.1"); code != want {
			t.Errorf("%s: %d, want %d", role, code, want)
		}
	}
}
