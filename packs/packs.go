// Package packs holds the programmes and roles that come with Nostos, as data.
package packs

import "embed"

// Files are the packs.
//
//go:embed *
var Files embed.FS
