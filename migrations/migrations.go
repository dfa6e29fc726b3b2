// Package migrations holds the schema: one ordered list of plain SQL files that both engines run. Forward only; an old
// file is never edited.
package migrations

import "embed"

// Files are the migrations, run in the order of their names.
//
//go:embed *.sql
var Files embed.FS
