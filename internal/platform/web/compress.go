package web

import (
	"compress/gzip"
	"net/http"
	"strings"
	"sync"
)

var zippers = sync.Pool{New: func() any { w, _ := gzip.NewWriterLevel(nil, 4); return w }}

// zipWriter compresses pages on their way out. Pages carry no secret beside what the reader typed (there is no token in the
// body), so compression leaks nothing.
type zipWriter struct {
	http.ResponseWriter
	zip     *gzip.Writer
	accepts bool
	started bool
}

func compress(w http.ResponseWriter, r *http.Request) *zipWriter {
	return &zipWriter{ResponseWriter: w, accepts: strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")}
}

func (z *zipWriter) WriteHeader(status int) {
	if z.started {
		return
	}
	z.started = true
	h := z.Header()
	if z.accepts && strings.HasPrefix(h.Get("Content-Type"), "text/html") && h.Get("Content-Encoding") == "" {
		h.Set("Content-Encoding", "gzip")
		h.Add("Vary", "Accept-Encoding")
		h.Del("Content-Length")
		z.zip = zippers.Get().(*gzip.Writer)
		z.zip.Reset(z.ResponseWriter)
	}
	z.ResponseWriter.WriteHeader(status)
}

func (z *zipWriter) Write(b []byte) (int, error) {
	z.WriteHeader(http.StatusOK)
	if z.zip != nil {
		return z.zip.Write(b)
	}
	return z.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection for deadlines and flushing.
func (z *zipWriter) Unwrap() http.ResponseWriter { return z.ResponseWriter }

func (z *zipWriter) close() {
	if z.zip != nil {
		z.zip.Close()
		zippers.Put(z.zip)
	}
}
