package demo

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/config"
)

func TestZZTry(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("TRY"))
	if n == 0 {
		n = 60
	}
	cfg, err := config.Load(map[string]string{"data": t.TempDir()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	a, err := Open(context.Background(), cfg, Spec{Cases: n, Seed: 1, Now: time.Now()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(start))
	a.Close()
}
