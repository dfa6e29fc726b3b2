// Package packs holds the programmes and roles that come with Nostos, as data, and joins to them the programmes of an office's
// own folder.
package packs

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Files are the packs that come with Nostos.
//
//go:embed *
var Files embed.FS

// With gives the packs that come with Nostos and those in a folder. A programme in the folder stands in place of one of the
// same name. Without a folder it is Files alone.
func With(folder string) fs.FS {
	if folder == "" {
		return Files
	}
	return joined{os.DirFS(folder)}
}

type joined struct{ own fs.FS }

// Open looks in the folder first, for all of a programme or nothing of it.
func (j joined) Open(name string) (fs.File, error) {
	top, _, _ := strings.Cut(name, "/")
	if name != "." {
		if _, err := fs.Stat(j.own, top); err == nil {
			return j.own.Open(name)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return Files.Open(name)
}

// ReadDir lists what both hold.
func (j joined) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != "." {
		top, _, _ := strings.Cut(name, "/")
		if _, err := fs.Stat(j.own, top); err == nil {
			return fs.ReadDir(j.own, name)
		}
		return Files.ReadDir(name)
	}
	out, err := fs.ReadDir(j.own, ".")
	if err != nil {
		return nil, err
	}
	theirs, err := Files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, e := range theirs {
		if !slices.ContainsFunc(out, func(o fs.DirEntry) bool { return o.Name() == e.Name() }) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, nil
}
