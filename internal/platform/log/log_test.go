package log

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
)

type person struct{ Name string }

func TestNew_dropsWhatIsNotOnTheList(t *testing.T) {
	var out bytes.Buffer
	l, err := New(&out, Options{Format: "json"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := WithRequestID(context.Background(), "r-1")
	l.With("family_name", "Kaplan", "office", "ath").WithGroup("Kaplan").InfoContext(ctx, "saved",
		"case", person{"Kaplan"}, "count", 3, "err", errors.New("disk full"),
		slog.Group("g", slog.String("phone", "Kaplan"), slog.Int("status", 200)))

	if strings.Contains(out.String(), "Kaplan") {
		t.Fatalf("personal data in the log: %s", out.String())
	}
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]any{"request_id": "r-1", "office": "ath", "count": 3.0, "status": 200.0, "dropped": 3.0, "err": "disk full"} {
		if line[k] != want {
			t.Errorf("%s = %v, want %v in %s", k, line[k], want, out.String())
		}
	}
}

func TestNew_levelAndFormat(t *testing.T) {
	var out bytes.Buffer
	l, err := New(&out, Options{Level: slog.LevelWarn})
	if err != nil {
		t.Fatal(err)
	}
	l.Info("quiet")
	l.Warn("loud")
	if got := out.String(); strings.Contains(got, "quiet") || !strings.Contains(got, "msg=loud") {
		t.Fatalf("wrote %q", got)
	}
	if _, err := New(&out, Options{Format: "xml"}); err == nil || !strings.Contains(err.Error(), "use text or json") {
		t.Fatalf("format xml: %v", err)
	}
}

type recordingT struct{ failures []string }

func (r *recordingT) Helper() {}
func (r *recordingT) Errorf(f string, a ...any) {
	r.failures = append(r.failures, fmt.Sprintf(f, a...))
}

func TestTest_failsOnUnknownKey(t *testing.T) {
	var r recordingT
	l := Test(&r, io.Discard)
	l.Info("fine", "count", 1)
	if len(r.failures) != 0 {
		t.Fatalf("a key on the list failed the test: %v", r.failures)
	}
	l.Info("not fine", "first_name", "x")
	l.With("born_on", "x").Info("nor this")
	if len(r.failures) != 2 || !strings.Contains(r.failures[0], `"first_name"`) || !strings.Contains(r.failures[1], `"born_on"`) {
		t.Fatalf("failures: %v", r.failures)
	}
}

func TestSecret_neverPrints(t *testing.T) {
	const text = "hunter2"
	s := NewSecret(text)
	js, err := json.Marshal(map[string]any{"s": s, "p": &s})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	l, _ := New(&out, Options{})
	l.Info("x", "key", s, "code", &s)
	type holder struct{ S Secret }
	for _, got := range []string{string(js), out.String(), fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s), fmt.Sprintf("%+v %#v", holder{s}, holder{s})} {
		if strings.Contains(got, text) {
			t.Errorf("secret printed: %s", got)
		}
	}
	if s.Reveal() != text || !s.Set() || NewSecret("").Set() || NewSecret("").String() != "" {
		t.Error("Reveal, Set or the empty secret is wrong")
	}
}
