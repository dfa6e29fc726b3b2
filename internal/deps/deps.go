// Package deps pins the dependencies while the house is being built; removed before landing.
package deps

import (
	_ "filippo.io/age"
	_ "github.com/a-h/templ"
	_ "github.com/alecthomas/kong"
	_ "github.com/gabriel-vasile/mimetype"
	_ "github.com/go-text/typesetting/shaping"
	_ "github.com/go-text/typesetting/segmenter"
	_ "github.com/go-webauthn/webauthn/webauthn"
	_ "github.com/goccy/go-yaml"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/pquerna/otp/totp"
	_ "github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/wneessen/go-mail"
	_ "github.com/xuri/excelize/v2"
	_ "golang.org/x/crypto/argon2"
	_ "golang.org/x/image/draw"
	_ "golang.org/x/mod/sumdb/note"
	_ "golang.org/x/mod/sumdb/tlog"
	_ "golang.org/x/text/feature/plural"
	_ "golang.org/x/text/unicode/bidi"
	_ "modernc.org/sqlite"
	_ "pgregory.net/rapid"
)
