// Package packs carries the programmes that ship with Nostos, one folder each, and the roles people work in. It holds no code
// beyond handing the files out.
package packs

import "embed"

// Files are the programmes and roles.yaml.
//
//go:embed all:gr-avrr roles.yaml
var Files embed.FS
