package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed static
var static embed.FS

// Prefix is where the static files live.
const Prefix = "/static/"

type asset struct {
	url, kind, etag string
	plain, zipped   []byte
}

// load reads and packs every static file once. Fonts come first, because the font sheet carries their hashed addresses.
var load = sync.OnceValue(func() map[string]*asset {
	all := map[string]*asset{}
	add := func(name string) {
		b, err := static.ReadFile("static/" + name)
		if err != nil {
			panic("ui: " + err.Error()) // embedded at build time; cannot happen in a built program
		}
		if name == "fonts.css" {
			for other, a := range all {
				b = bytes.ReplaceAll(b, []byte("url("+other+")"), []byte("url("+a.url+")"))
			}
		}
		all[name] = newAsset(name, b)
	}
	var late []string
	err := fs.WalkDir(static, "static", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if name := strings.TrimPrefix(p, "static/"); strings.HasPrefix(name, "fonts/") {
			add(name)
		} else {
			late = append(late, name)
		}
		return nil
	})
	if err != nil {
		panic("ui: " + err.Error())
	}
	for _, name := range late {
		add(name)
	}
	return all
})

func newAsset(name string, b []byte) *asset {
	sum := sha256.Sum256(b)
	hash := hex.EncodeToString(sum[:6])
	a := &asset{url: Prefix + hash + "/" + name, etag: `"` + hash + `"`, kind: contentType(name), plain: b}
	if !strings.HasSuffix(name, ".woff2") { // already packed inside
		var buf bytes.Buffer
		z, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression)
		z.Write(b)
		z.Close()
		a.zipped = buf.Bytes()
	}
	return a
}

// contentType does not ask the machine's own table, which differs from one server to the next.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// URL gives the address of a static file, with its content hash, so that browsers may keep it for ever.
// An unknown name is a mistake in the program and panics, so that the first test that draws the page finds it.
func URL(name string) string {
	a, ok := load()[name]
	if !ok {
		panic("ui: no static file " + strconv.Quote(name))
	}
	return a.url
}

// HasIcon tells whether the sprite holds an icon of that name.
func HasIcon(name string) bool {
	return name != "" && bytes.Contains(load()["icons.svg"].plain, []byte(`<symbol id="`+name+`"`))
}

// Assets serves everything under Prefix. An old hash of a file that still exists gets the new content without the
// long life, so a page kept open over an update keeps its style.
func Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		_, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
		a, ok := load()[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.kind)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("ETag", a.etag)
		if r.URL.Path == a.url {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			h.Set("Cache-Control", "no-cache")
		}
		body := a.plain
		if a.zipped != nil {
			h.Set("Vary", "Accept-Encoding")
			if acceptsGzip(r.Header.Get("Accept-Encoding")) {
				h.Set("Content-Encoding", "gzip")
				body = a.zipped
			}
		}
		if strings.Contains(r.Header.Get("If-None-Match"), a.etag) {
			h.Del("Content-Encoding")
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		if r.Method == http.MethodGet {
			w.Write(body)
		}
	})
}

// acceptsGzip honours an explicit refusal ("gzip;q=0").
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" || name == "*" {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
