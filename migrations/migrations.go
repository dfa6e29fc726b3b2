// Package migrations holds the schema: one ordered list of plain SQL files that both engines run. Forward only; an old
// file is never edited. What they add up to stands in schema.sqlite.sql and schema.postgres.sql, for readers alone.
package migrations

import "embed"

// Files are the migrations, run in the order of their names.
//
//go:embed [0-9]*.sql
var Files embed.FS
