package ui_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/nostos-avrr/nostos/ui"
)

func get(method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	ui.Assets().ServeHTTP(w, r)
	return w
}

func TestAssets(t *testing.T) {
	url := ui.URL("passage.css")
	if !regexp.MustCompile(`^/static/[0-9a-f]{12}/passage\.css$`).MatchString(url) {
		t.Fatalf("URL is %s", url)
	}
	plain := get("GET", url)
	etag := plain.Header().Get("ETag")
	if plain.Code != 200 || plain.Body.String() != read(t, "static/passage.css") || etag == "" ||
		plain.Header().Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(plain.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%d %v", plain.Code, plain.Header())
	}
	packed := get("GET", url, "Accept-Encoding", "br, gzip")
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(z); string(b) != plain.Body.String() && string(b) != read(t, "static/passage.css") {
		t.Error("the packed sheet is another sheet")
	}
	for _, c := range []struct {
		name, method, path string
		header             []string
		code               int
		encoding, cache    string
	}{
		{"refused gzip", "GET", url, []string{"Accept-Encoding", "gzip;q=0"}, 200, "", "immutable"},
		{"known", "GET", url, []string{"If-None-Match", etag, "Accept-Encoding", "gzip"}, 304, "", "immutable"},
		{"old hash", "GET", "/static/000000000000/passage.css", nil, 200, "", "no-cache"},
		{"font is packed already", "GET", ui.URL("fonts/commissioner-latin.woff2"), []string{"Accept-Encoding", "gzip"}, 200, "", "immutable"},
		{"unknown", "GET", "/static/000000000000/x.css", nil, 404, "", ""},
		{"outside", "GET", "/static/000000000000/../ui.go", nil, 404, "", ""},
		{"folder", "GET", "/static/000000000000/fonts", nil, 404, "", ""},
		{"post", "POST", url, nil, 405, "", ""},
		{"head", "HEAD", url, []string{"Accept-Encoding", "gzip"}, 200, "gzip", "immutable"},
	} {
		w := get(c.method, c.path, c.header...)
		if w.Code != c.code || w.Header().Get("Content-Encoding") != c.encoding || !strings.Contains(w.Header().Get("Cache-Control"), c.cache) {
			t.Errorf("%s: %d %v", c.name, w.Code, w.Header())
		}
		if (c.method == "HEAD" || c.code == 304) && w.Body.Len() > 0 {
			t.Errorf("%s: has a body", c.name)
		}
	}
}

func TestFontSheetPointsToHashedFonts(t *testing.T) {
	body := get("GET", ui.URL("fonts.css")).Body.String()
	urls := regexp.MustCompile(`url\(([^)]*)\)`).FindAllStringSubmatch(body, -1)
	if len(urls) < 4 {
		t.Fatalf("fonts: %v", urls)
	}
	for _, u := range urls {
		w := get("GET", u[1])
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "font/woff2" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", u[1], w.Code, w.Header())
		}
	}
}

func TestUnknownFilePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("URL of a file that is not there must not pass")
		}
	}()
	ui.URL("nothing.css")
}
