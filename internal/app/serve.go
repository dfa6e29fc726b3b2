package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Serve answers on the configured address until ctx ends, then lets running requests and jobs finish. ready is called with
// the address once it listens.
func (a *App) Serve(ctx context.Context, ready func(addr string)) error {
	ln, err := net.Listen("tcp", a.Config.Addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w (is another program there? choose another --addr)", a.Config.Addr, err)
	}
	srv := newServer(a.Handler())
	var silent silentConns
	srv.ConnState = silent.note
	var admin *http.Server
	if a.Config.AdminAddr != "" {
		aln, err := net.Listen("tcp", a.Config.AdminAddr)
		if err != nil {
			ln.Close()
			return fmt.Errorf("cannot listen on %s for metrics: %w", a.Config.AdminAddr, err)
		}
		admin = newServer(a.AdminHandler())
		go admin.Serve(aln)
	}
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	workDone := make(chan error, 1)
	go func() { workDone <- a.Worker.Run(work) }()
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	if ready != nil {
		ready(ln.Addr().String())
	}
	slog.Info("serving", "addr", ln.Addr().String(), "engine", a.DB.Engine())
	select {
	case <-ctx.Done():
	case err = <-served:
	}
	// Requests first, then jobs: a request may still add one.
	down, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	silent.hangUp()
	if e := srv.Shutdown(down); e != nil && err == nil {
		err = fmt.Errorf("some requests did not finish within 20 seconds: %w", e)
	}
	if admin != nil {
		admin.Shutdown(down)
	}
	stopWork()
	if e := <-workDone; e != nil && err == nil {
		err = e
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// newServer sets the limits that keep a slow or hostile client from holding the server. Uploads get more time from their own
// handler.
func newServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
}

// silentConns are the connections that have not sent a byte yet. Browsers open such ones ahead; a server that ends would
// otherwise wait five seconds for each to speak.
type silentConns struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
	ended bool
}

func (s *silentConns) note(c net.Conn, st http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		s.conns = map[net.Conn]bool{}
	}
	switch {
	case st == http.StateNew && s.ended:
		c.Close()
	case st == http.StateNew:
		s.conns[c] = true
	default:
		delete(s.conns, c)
	}
}

func (s *silentConns) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for c := range s.conns {
		c.Close()
	}
}
