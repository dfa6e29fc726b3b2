package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// write makes a file in a new folder and gives its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func item(t *testing.T, c *Config, name string) Item {
	t.Helper()
	for _, it := range c.Effective() {
		if it.Name == name {
			return it
		}
	}
	t.Fatalf("no setting %s", name)
	return Item{}
}

func TestLoad_defaultsWork(t *testing.T) {
	c, err := Load(map[string]string{"data": t.TempDir()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Zone != "Europe/Athens" || c.Location().String() != "Europe/Athens" || c.Upload.Max != 25<<20 || c.Session.Idle != 30*time.Minute {
		t.Fatalf("defaults: %+v", c)
	}
	if c.KeyFile() != filepath.Join(c.Data, "master.key") || c.BlobFolder() != filepath.Join(c.Data, "blobs") {
		t.Fatalf("places: %s, %s", c.KeyFile(), c.BlobFolder())
	}
	for _, it := range c.Effective() {
		if it.Name != "data" && it.Source != "default" {
			t.Errorf("%s comes from %s", it.Name, it.Source)
		}
		if it.Doc == "" {
			t.Errorf("%s has no explanation", it.Name)
		}
	}
}

func TestLoad_precedence(t *testing.T) {
	file := write(t, "x.yaml", "addr: 0.0.0.0:1\nsmtp:\n  port: 1\nlog:\n  level: debug\n")
	flags := map[string]string{"config": file, "addr": "0.0.0.0:3"}
	env := []string{"NOSTOS_ADDR=0.0.0.0:2", "NOSTOS_SMTP_PORT=2", "HOME=/x"}
	c, err := Load(flags, env)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []Item{
		{Name: "addr", Value: "0.0.0.0:3", Source: "--addr"},
		{Name: "smtp.port", Value: "2", Source: "NOSTOS_SMTP_PORT"},
		{Name: "log.level", Value: "debug", Source: file + ":5:3"},
		{Name: "log.format", Value: "text", Source: "default"},
	} {
		if got := item(t, c, want.Name); got.Value != want.Value || got.Source != want.Source {
			t.Errorf("%s = %q from %q, want %q from %q", want.Name, got.Value, got.Source, want.Value, want.Source)
		}
	}
}

func TestLoad_everyFieldFromEverySource(t *testing.T) {
	text := func(f field) string {
		switch f.typ.Kind() {
		case reflect.Int:
			return "7"
		case reflect.Int64:
			if f.typ == reflect.TypeFor[Bytes]() {
				return "7MB"
			}
			if f.key != "session.max" {
				return "7m"
			}
		}
		return map[string]string{"db": "postgres://h/d", "addr": ":7", "admin_addr": ":8", "public_url": "https://x.example", "trusted_proxies": "10.0.0.0/8",
			"zone": "Europe/Oslo", "smtp.from": "a@example.org", "smtp.tls": "tls", "clamd.addr": "unix:/run/c", "log.level": "warn", "log.format": "json", "session.max": "8h"}[f.key]
	}
	for key, f := range fields {
		want := text(f)
		if want == "" {
			want = "seven"
		}
		flags := func() map[string]string { return map[string]string{"data": t.TempDir()} }
		if key != "data" {
			file := write(t, "f.yaml", key+": x\n")
			yaml := key + ": " + want
			if s, rest, ok := strings.Cut(key, "."); ok {
				yaml = s + ":\n  " + rest + ": " + want
			}
			if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			checkSet(t, f, want, map[string]string{"config": file}, nil)
			checkSet(t, f, want, flags(), []string{f.env + "=" + want})
		}
		if !f.secret {
			fl := flags()
			fl[f.flag] = want
			checkSet(t, f, want, fl, nil)
		}
	}
}

func checkSet(t *testing.T, f field, want string, flags map[string]string, env []string) {
	t.Helper()
	if f.key == "smtp.host" { // a mail server without a sender is refused
		env = append(env, "NOSTOS_SMTP_FROM=a@example.org")
	}
	c, err := Load(flags, env)
	if err != nil {
		t.Errorf("%s: %v", f.key, err)
		return
	}
	var wanted Config
	if err := f.set(&wanted, want); err != nil {
		t.Fatal(err)
	}
	got := reflect.ValueOf(*c).FieldByIndex(f.index).Interface()
	if w := reflect.ValueOf(wanted).FieldByIndex(f.index).Interface(); got != w {
		t.Errorf("%s = %v, want %v", f.key, got, w)
	}
}

func TestFields_namesAreUnique(t *testing.T) {
	seen := map[string]string{}
	for key, f := range fields {
		names := []string{f.env, "--" + f.flag}
		if f.fromFile() {
			names = append(names, f.env+"_FILE")
		}
		for _, n := range names {
			if other, ok := seen[n]; ok {
				t.Errorf("%s and %s share the name %s", key, other, n)
			}
			seen[n] = key
		}
	}
}

func TestLoad_fileInDataFolder(t *testing.T) {
	file := write(t, FileName, "zone: Europe/Oslo\n")
	c, err := Load(nil, []string{"NOSTOS_DATA=" + filepath.Dir(file)})
	if err != nil {
		t.Fatal(err)
	}
	if c.Zone != "Europe/Oslo" {
		t.Fatalf("zone %s", c.Zone)
	}
	if err := os.WriteFile(file, []byte("data: /elsewhere\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(map[string]string{"data": filepath.Dir(file)}, nil); err == nil || !strings.Contains(err.Error(), "use --data") {
		t.Fatalf("data in the found file: %v", err)
	}
}

func TestLoad_secrets(t *testing.T) {
	pw := write(t, "pw", "s3cret word\n")
	dbFile := write(t, "db", "postgres://nostos:s3cret@h/d?sslpassword=s3cret\n")
	yaml := write(t, "y.yaml", "smtp:\n  host: mail.example.org\n  user: u\n  from: a@example.org\n  password_file: "+pw+"\n")
	for name, c := range map[string]struct {
		flags map[string]string
		env   []string
	}{
		"variable": {map[string]string{"data": t.TempDir()}, []string{"NOSTOS_SMTP_USER=u", "NOSTOS_SMTP_PASSWORD=s3cret word", "NOSTOS_DB_FILE=" + dbFile}},
		"file":     {map[string]string{"data": t.TempDir()}, []string{"NOSTOS_SMTP_USER=u", "NOSTOS_SMTP_PASSWORD_FILE=" + pw}},
		"yaml":     {map[string]string{"config": yaml}, nil},
	} {
		got, err := Load(c.flags, c.env)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.SMTP.Password.Reveal() != "s3cret word" {
			t.Errorf("%s: password %q", name, got.SMTP.Password.Reveal())
		}
		for _, it := range got.Effective() {
			if strings.Contains(it.Value, "s3cret") {
				t.Errorf("%s: %s shows the secret: %s", name, it.Name, it.Value)
			}
		}
	}
	if got := maskURL("postgres://u:p@h/d"); got != "postgres://u:********@h/d" {
		t.Errorf("masked address %s", got)
	}
}

func TestLoad_mistakes(t *testing.T) {
	yaml := func(text string) map[string]string { return map[string]string{"config": write(t, "bad.yaml", text)} }
	data := map[string]string{"data": t.TempDir()}
	with := func(k, v string) map[string]string { return map[string]string{"data": t.TempDir(), k: v} }
	for name, c := range map[string]struct {
		flags map[string]string
		env   []string
		want  []string
	}{
		"unknown key":         {yaml("addr: :1\nsmtp:\n  hots: x\n"), nil, []string{"bad.yaml:3:3", "smtp.hots", "did you mean smtp.host?"}},
		"unknown section":     {yaml("zzzzzzzz:\n  a: 1\n"), nil, []string{"bad.yaml:1:1", "nostos config"}},
		"unknown variable":    {data, []string{"NOSTOS_SMPT_HOST=x"}, []string{"NOSTOS_SMPT_HOST", "did you mean NOSTOS_SMTP_HOST?"}},
		"unknown flag":        {with("smtp-hos", "x"), nil, []string{"did you mean smtp-host?"}},
		"not yaml":            {yaml("a: [1\nb: }"), nil, []string{"bad.yaml:", "not valid YAML"}},
		"twice":               {yaml("addr: :1\naddr: :2\n"), nil, []string{"bad.yaml:2:1"}},
		"list":                {yaml("addr: [1]\n"), nil, []string{"bad.yaml:1:1", "one value"}},
		"not a mapping":       {yaml("- a\n"), nil, []string{"bad.yaml:1:1", "name: value"}},
		"wrong type in file":  {yaml("smtp:\n  port: many\n"), nil, []string{"bad.yaml:2:3", "whole number"}},
		"missing file":        {map[string]string{"config": "/nowhere.yaml"}, nil, []string{"/nowhere.yaml"}},
		"secret as flag":      {with("smtp-password", "hunter2"), nil, []string{"NOSTOS_SMTP_PASSWORD_FILE"}},
		"master key as flag":  {with("master-key", "hunter2"), nil, []string{"--master-key-file"}},
		"secret file missing": {data, []string{"NOSTOS_SMTP_PASSWORD_FILE=/nowhere"}, []string{"NOSTOS_SMTP_PASSWORD_FILE", "/nowhere"}},
		"both secret forms":   {data, []string{"NOSTOS_SMTP_PASSWORD=hunter2", "NOSTOS_SMTP_PASSWORD_FILE=" + write(t, "p", "hunter2")}, []string{"keep one"}},
		"duration":            {data, []string{"NOSTOS_SESSION_IDLE=30"}, []string{"30m or 12h"}},
		"size":                {data, []string{"NOSTOS_UPLOAD_MAX=lots"}, []string{"25MB"}},
		"zone":                {with("zone", "Athens"), nil, []string{"--zone", "Europe/Athens"}},
		"db":                  {with("db", "mysql://h:hunter2@"), nil, []string{"postgres://"}},
		"db unreadable":       {with("db", "postgres://u:hunter2%zz@h/d"), nil, []string{"percent-encode"}},
		"addr":                {with("addr", "8080"), nil, []string{"host:port"}},
		"same address":        {with("admin-addr", "127.0.0.1:8080"), nil, []string{"must differ"}},
		"public url":          {with("public-url", "nostos.example.org"), nil, []string{"https://"}},
		"proxies":             {with("trusted-proxies", "10.0.0.0/8, proxy"), nil, []string{`"proxy"`, "10.0.0.0/8"}},
		"level":               {with("log-level", "inof"), nil, []string{"did you mean info?"}},
		"idle over max":       {with("session-idle", "13h"), nil, []string{"session.max"}},
		"mail without sender": {with("smtp-host", "mail"), nil, []string{"smtp.from", "sender"}},
		"password in clear":   {map[string]string{"data": t.TempDir(), "smtp-host": "mail", "smtp-from": "a@b.example", "smtp-user": "u", "smtp-tls": "none"}, nil, []string{"in clear"}},
	} {
		_, err := Load(c.flags, c.env)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", name, err, w)
			}
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error shows the secret: %v", name, err)
		}
	}
}

func TestLoad_reportsAllMistakesAtOnce(t *testing.T) {
	_, err := Load(map[string]string{"data": t.TempDir(), "zone": "x", "addr": "y"}, nil)
	if err == nil || !strings.Contains(err.Error(), "zone") || !strings.Contains(err.Error(), "addr") {
		t.Fatalf("%v", err)
	}
}

func TestBytes_roundTrip(t *testing.T) {
	for in, want := range map[string]string{"25MB": "25MB", "25 mb": "25MB", "1024": "1KB", "1500": "1500", "0": "0", "3GB": "3GB", "7B": "7"} {
		b, err := ParseBytes(in)
		if err != nil || b.String() != want {
			t.Errorf("%q = %s, %v; want %s", in, b, err, want)
		}
	}
	for _, in := range []string{"", "MB", "-1", "1TB", "9999999999GB"} {
		if b, err := ParseBytes(in); err == nil {
			t.Errorf("%q read as %d", in, b)
		}
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add([]byte("addr: :1\nsmtp:\n  host: x\n"))
	f.Add([]byte("a: &x [1]\nb: *x\n"))
	f.Add([]byte("? a\n: b\n---\n- c"))
	f.Fuzz(func(t *testing.T, text []byte) {
		values, _ := parseFile("f.yaml", text)
		for key := range values {
			if _, ok := fields[key]; !ok {
				t.Fatalf("unknown key %q came through", key)
			}
		}
	})
}
