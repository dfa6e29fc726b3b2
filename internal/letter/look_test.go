package letter_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/nostos-avrr/nostos/internal/letter"
	"github.com/nostos-avrr/nostos/internal/testkit/dbtest"
	"github.com/nostos-avrr/nostos/internal/testkit/world"
)

func TestLook(t *testing.T) {
	h := build(t, dbtest.SQLite(t))
	c, _ := h.returnee("Zahra", "Testpour", "زهراء", "ar")
	for _, code := range codes {
		for _, x := range [][2]string{{"en", "fa"}, {"ar", "en"}, {"fa", "en"}, {"el", "en"}, {"en", "ar"}, {"fr", ""}} {
			doc, err := h.d.Compose(ctx, h.Staff["manager"], c.ID, code, x[0], x[1], args(code))
			must(t, err)
			var file bytes.Buffer
			must(t, h.d.WritePDF(&file, []letter.Document{doc}, world.Start))
			must(t, os.WriteFile("/tmp/letterwork/out/"+code+"-"+x[0]+x[1]+".pdf", file.Bytes(), 0o600))
			page := get(t, h.site(), h.Staff["manager"], "/cases/"+c.ID+"/print/"+code+"?lang="+x[0]+"&with="+x[1]+"&payment="+payment, 200)
			must(t, os.WriteFile("/tmp/letterwork/out/"+code+"-"+x[0]+x[1]+".html", []byte(page), 0o600))
		}
	}
	must(t, os.WriteFile("/tmp/letterwork/out/print.css", []byte(get(t, h.site(), h.Staff["manager"], "/cases/"+c.ID+"/print.css", 200)), 0o600))
}
