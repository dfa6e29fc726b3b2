package ledger_test

import (
	"bytes"
	"os"
)

// mustNotContain searches the database file and its log for words that must be sealed.
func (o *office) mustNotContain(path string, words ...string) {
	o.t.Helper()
	for _, file := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(file)
		if err != nil {
			o.t.Fatal(err)
		}
		for _, w := range words {
			if bytes.Contains(b, []byte(w)) {
				o.t.Errorf("%q stands in %s in clear", w, file)
			}
		}
	}
}
