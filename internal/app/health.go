package app

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/nostos-avrr/nostos/internal/domain/journal"
	"github.com/nostos-avrr/nostos/internal/platform/db"
)

// health answers whether the process lives; it touches nothing, so that a busy database does not get the process killed.
func (a *App) health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ready answers whether requests can be served: the database answers a read, and its schema is this program's.
func (a *App) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	err := a.DB.Read(ctx, func(ctx context.Context, t *db.Tx) error { _, _, err := journal.Head(ctx, t); return err })
	if err != nil {
		writeJSON(w, http.StatusServiceUnavailable, map[string]string{"status": "the database does not answer"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "ready", "engine": a.DB.Engine()})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
