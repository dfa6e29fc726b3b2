package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/nostos-avrr/nostos/internal/app"
	"github.com/nostos-avrr/nostos/internal/platform/id"
)

// bare is the floor: handlers with nothing but the SQL, on the same database, as durable as the program.
type bare struct {
	*sql.DB
	write sqlWriter
}

type sqlWriter struct{ begin, commit string }

// open opens the same database without the program.
func (b *bench) open(ctx context.Context) (*bare, error) {
	if b.cfg.DB != "" {
		d, err := sql.Open("pgx", b.cfg.DB)
		return &bare{d, sqlWriter{"BEGIN", "COMMIT"}}, err
	}
	addr := "file:" + (&url.URL{Path: app.DatabaseFile(b.cfg)}).EscapedPath() + "?_pragma=busy_timeout(15000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)"
	d, err := sql.Open("sqlite", addr)
	return &bare{d, sqlWriter{"BEGIN IMMEDIATE", "COMMIT"}}, err
}

// floor measures the machine. Its writes go to two tables of its own, which are removed again.
func (b *bench) floor(ctx context.Context) error {
	ids, err := counsellorCases(ctx, b.cfg, b.n)
	if err != nil {
		return err
	}
	d, err := b.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	var office string
	if err := d.QueryRowContext(ctx, `SELECT id FROM office WHERE code = 'ath'`).Scan(&office); err != nil {
		return err
	}
	drop := func() error {
		_, err := d.ExecContext(context.WithoutCancel(ctx), `DROP TABLE IF EXISTS bench_note`)
		if err == nil {
			_, err = d.ExecContext(context.WithoutCancel(ctx), `DROP TABLE IF EXISTS bench_audit`)
		}
		return err
	}
	if err := drop(); err != nil {
		return err
	}
	defer drop()
	for _, q := range []string{`CREATE TABLE bench_note (id TEXT PRIMARY KEY, case_id TEXT NOT NULL, text TEXT NOT NULL, written_at TEXT NOT NULL)`, `CREATE INDEX bench_note_case ON bench_note (case_id, written_at)`,
		`CREATE TABLE bench_audit (id TEXT PRIMARY KEY, case_id TEXT NOT NULL, action TEXT NOT NULL, at TEXT NOT NULL)`} {
		if _, err := d.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /list", d.answer(`SELECT c.id, c.no, c.stage, c.next_due, p.given_names, p.family_name FROM casefile c JOIN person p ON p.id = c.principal_id
		WHERE c.host_office = $1 AND c.state = 'open' AND c.desk = 'action' ORDER BY c.next_due, c.id LIMIT 50`))
	mux.HandleFunc("GET /case", d.answer(`SELECT c.no, c.stage, c.state, c.next_due, p.given_names, p.family_name FROM casefile c JOIN person p ON p.id = c.principal_id WHERE c.id = $1`,
		`SELECT seq, at, actor, action FROM journal WHERE case_id = $1 ORDER BY seq DESC LIMIT 50`, `SELECT id, code, due_on FROM task WHERE case_id = $1 AND done_at = '' ORDER BY due_on, id`))
	mux.HandleFunc("GET /search", d.answer(`SELECT id, given_names, family_name FROM person WHERE sort_name >= $1 ORDER BY sort_name, id LIMIT 50`))
	mux.HandleFunc("POST /note", d.insert)
	s := httptest.NewServer(mux)
	defer s.Close()
	b.base, b.client, b.floors = s.URL, browser(), map[string]times{}
	for _, m := range []struct {
		kind, what string
		ask        func(i int) (*http.Request, error)
	}{
		{"list", "floor: list of 50", func(int) (*http.Request, error) { return b.get("/list?v=" + office) }},
		{"case", "floor: case, events, tasks", func(i int) (*http.Request, error) { return b.get("/case?v=" + ids[i*7%len(ids)]) }},
		{"search", "floor: names by prefix", func(i int) (*http.Request, error) { return b.get("/search?v=" + string(rune('a'+i%26))) }},
		{"write", "floor: durable insert, audit row", func(i int) (*http.Request, error) { return b.post("/note", url.Values{"v": {ids[i%len(ids)]}}) }},
	} {
		t, err := b.timed(m.what, http.StatusOK, m.ask)
		if err != nil {
			return err
		}
		b.many(m.what, t, "", 0, 0)
		b.floors[m.kind] = t
	}
	return nil
}

// answer runs queries with the one value of the request and writes what they give, line by line.
func (d *bare) answer(queries ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var out strings.Builder
		for _, q := range queries {
			if err := d.lines(r.Context(), &out, q, r.FormValue("v")); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
		fmt.Fprint(w, out.String())
	}
}

func (d *bare) lines(ctx context.Context, out *strings.Builder, q, value string) error {
	rows, err := d.QueryContext(ctx, q, value)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	cells, targets := make([]any, len(names)), make([]any, len(names))
	for i := range cells {
		targets[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		fmt.Fprintln(out, cells...)
	}
	return rows.Err()
}

// insert writes one row and one audit row in one durable transaction.
func (d *bare) insert(w http.ResponseWriter, r *http.Request) {
	err := func() error {
		c, err := d.Conn(r.Context())
		if err != nil {
			return err
		}
		defer c.Close()
		ctx, now := context.WithoutCancel(r.Context()), time.Now().UTC().Format(time.RFC3339Nano)
		for _, q := range []struct {
			text string
			args []any
		}{{d.write.begin, nil}, {`INSERT INTO bench_note (id, case_id, text, written_at) VALUES ($1,$2,$3,$4)`, []any{id.New(), r.FormValue("v"), "Rang: the passport office answers next week.", now}},
			{`INSERT INTO bench_audit (id, case_id, action, at) VALUES ($1,$2,'note.added',$3)`, []any{id.New(), r.FormValue("v"), now}}, {d.write.commit, nil}} {
			if _, err := c.ExecContext(ctx, q.text, q.args...); err != nil {
				return err
			}
		}
		return nil
	}()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
