// Package log writes what the program did, for the people who run it, without a word about the people it serves.
//
// A log travels: it is copied to other machines, kept longer than the records it speaks of, and read by people who may
// see no case. So an attribute is written only when its key stands on the list in keys.go; anything else is dropped (and
// counted) in production and fails the test that wrote it. A message is a fixed sentence, never made from data.
// It owns no table and never holds personal data: the journal is the place for who did what.
package log

import (
	"context"
	"fmt"
	"io"
	"log/slog"
)

// Options say how the log is written. The zero value writes text from level info up.
type Options struct {
	Level  slog.Level
	Format string // "text" or "json"; empty means text
}

// New gives a logger that writes to w and drops every attribute whose key is not on the list.
func New(w io.Writer, o Options) (*slog.Logger, error) {
	inner, err := inner(w, o)
	if err != nil {
		return nil, err
	}
	return slog.New(&handler{inner: inner}), nil
}

// TB is the part of testing.TB that Test needs, so that this package does not pull testing into the program.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
}

// Test gives a logger that fails t when an attribute is not on the list. Lines go to w; io.Discard is fine.
func Test(t TB, w io.Writer) *slog.Logger {
	h, err := inner(w, Options{Level: slog.LevelDebug})
	if err != nil {
		t.Helper()
		t.Errorf("log: %v", err)
	}
	return slog.New(&handler{inner: h, refused: func(key string) {
		t.Helper()
		t.Errorf("log: attribute %q may not be logged: use a key from internal/platform/log/keys.go, or leave it out", key)
	}})
}

func inner(w io.Writer, o Options) (slog.Handler, error) {
	ho := &slog.HandlerOptions{Level: o.Level}
	switch o.Format {
	case "", "text":
		return slog.NewTextHandler(w, ho), nil
	case "json":
		return slog.NewJSONHandler(w, ho), nil
	}
	return nil, fmt.Errorf("log format %q is not known: use text or json", o.Format)
}

// handler keeps the list. It stands in front of slog's own handler and owns nothing else.
type handler struct {
	inner   slog.Handler
	refused func(key string) // nil in production
	dropped int              // attributes dropped by With, reported on each line that would have carried them
}

func (h *handler) Enabled(ctx context.Context, l slog.Level) bool { return h.inner.Enabled(ctx, l) }

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	if id := RequestID(ctx); id != "" {
		out.AddAttrs(slog.String("request_id", id))
	}
	dropped := h.dropped
	r.Attrs(func(a slog.Attr) bool {
		kept, n := h.filter([]slog.Attr{a})
		out.AddAttrs(kept...)
		dropped += n
		return true
	})
	if dropped > 0 {
		// The keys themselves stay out: a key made from data would be the leak we guard against.
		out.AddAttrs(slog.Int("dropped", dropped))
	}
	return h.inner.Handle(ctx, out)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	kept, n := h.filter(attrs)
	return &handler{inner: h.inner.WithAttrs(kept), refused: h.refused, dropped: h.dropped + n}
}

// WithGroup ignores the name: keys on the list mean the same everywhere, and a group name could be made from data.
func (h *handler) WithGroup(string) slog.Handler { return h }

// filter keeps what may be written, takes groups apart, and says how many attributes it dropped.
func (h *handler) filter(attrs []slog.Attr) (kept []slog.Attr, dropped int) {
	for _, a := range attrs {
		v := a.Value.Resolve()
		switch {
		case v.Kind() == slog.KindGroup:
			k, n := h.filter(v.Group())
			kept, dropped = append(kept, k...), dropped+n
		case a.Key == "" && v.Kind() == slog.KindAny && v.Any() == nil: // slog's own "no attribute"
		case allowed[a.Key] && plain(v):
			kept = append(kept, slog.Attr{Key: a.Key, Value: v})
		default:
			dropped++
			if h.refused != nil {
				h.refused(a.Key)
			}
		}
	}
	return kept, dropped
}

// plain refuses whole structs and maps under an allowed key: a person printed as "case" would be written in full.
func plain(v slog.Value) bool {
	if v.Kind() != slog.KindAny {
		return true
	}
	switch v.Any().(type) {
	case error, Secret:
		return true
	}
	return false
}

type requestKey struct{}

// WithRequestID gives a context whose log lines carry the id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestID is the id given to WithRequestID, or empty.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
