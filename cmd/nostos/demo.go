package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nostos-avrr/nostos/internal/app/demo"
)

type demoCmd struct {
	settings
	Cases    int    `name:"cases" help:"How many invented cases." default:"120"`
	Seed     int64  `name:"seed" help:"The same seed makes the same caseload." default:"1"`
	Caseload string `name:"caseload" help:"small, or greece: the one that counts to the published figures of 2018 and 2021." default:"small" enum:"small,greece"`
	NoServe  bool   `name:"no-serve" help:"Make the caseload and stop."`
}

// Help gives an example.
func (demoCmd) Help() string {
	return "Everybody in it is invented, and every page says so. Without --data it lives in a temporary folder and is gone afterwards.\nExample: nostos demo --cases 500 --addr localhost:9000"
}

func (c *demoCmd) Run(ctx context.Context) error {
	if c.Data == nil && c.DB == nil {
		dir, err := os.MkdirTemp("", "nostos-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		c.Data = &dir
	}
	cfg, err := c.open()
	if err != nil {
		return err
	}
	if cfg.Data, err = filepath.Abs(cfg.Data); err != nil {
		return err
	}
	b := newBar()
	a, err := demo.Open(ctx, cfg, demo.Spec{Cases: c.Cases, Seed: c.Seed, Caseload: c.Caseload, Now: time.Now()}, func(done, total int64) { b.tell("cases", done, total) })
	b.end()
	if err != nil {
		return err
	}
	defer a.Close()
	if c.NoServe {
		return nil
	}
	return a.Serve(ctx, func(addr string) {
		fmt.Printf("Nostos is at http://%s with an invented caseload. Open it: the start page lists a sign-in for every role. Ctrl-C ends it.\n", addr)
	})
}
