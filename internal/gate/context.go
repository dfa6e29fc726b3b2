package gate

import (
	"context"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/day"
)

type deviceKey struct{}

// WithDevice tells the gate from which device or session a request comes; it is written into every entry.
func WithDevice(ctx context.Context, device string) context.Context {
	return context.WithValue(ctx, deviceKey{}, device)
}

func deviceOf(ctx context.Context) string { d, _ := ctx.Value(deviceKey{}).(string); return d }

func dayOf(t time.Time, g *Gate) day.Date { return day.Of(t, g.zone()) }
