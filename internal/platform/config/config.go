// Package config is everything the person who installs Nostos may decide, in one place.
//
// A setting comes from a flag, else from the environment, else from a file, else from the default written beside it.
// What an office decides (offices, roles, programmes, amounts) is data in the database and never stands here.
// It owns no table, and reads nothing but what Load is given and the files named there.
package config

import (
	"time"

	"github.com/nostos-avrr/nostos/internal/platform/log"
)

// Config is the whole of it. Each field has a key (as in the file: "smtp.host"), from which the flag (--smtp-host) and
// the variable (NOSTOS_SMTP_HOST) follow, and a default that works.
type Config struct {
	Data      string `key:"data" default:"data" doc:"folder for the database, the files and the keys"`
	DB        string `key:"db" mask:"url" doc:"postgres://… for PostgreSQL; empty for the database file in the data folder"`
	Addr      string `key:"addr" default:"127.0.0.1:8080" doc:"address the pages are served on"`
	AdminAddr string `key:"admin_addr" doc:"address for metrics and profiles, not for the public; empty for none"`
	PublicURL string `key:"public_url" doc:"address people type, such as https://nostos.example.org; empty: taken from addr"`
	// Proxies is needed to tell one visitor from another behind a proxy: without it every sign-in attempt in the
	// country would share one address, and so one lock-out.
	Proxies string `key:"trusted_proxies" doc:"addresses or networks of proxies whose X-Forwarded-For is believed, with commas between"`
	Zone    string `key:"zone" default:"Europe/Athens" doc:"time zone in which dates and deadlines are counted"`

	Packs string `key:"packs" doc:"folder with programmes of your own, beside those that come with Nostos; empty for none"`

	MasterKey     log.Secret `key:"master_key" doc:"master key; better kept in a file"`
	MasterKeyFile string     `key:"master_key_file" doc:"file with the master key, readable by its owner only; empty: master.key in the data folder"`

	SMTP    SMTP
	Clamd   Clamd
	Upload  Upload
	Log     Log
	Session Session
	Lockout Lockout
	Jobs    Jobs

	sources map[string]string
}

// SMTP is the server that sends our mail. Without a host no mail is sent, and the screens say so.
type SMTP struct {
	Host     string     `key:"smtp.host" doc:"mail server; empty: no mail is sent"`
	Port     int        `key:"smtp.port" default:"587" doc:"port of the mail server"`
	User     string     `key:"smtp.user" doc:"account at the mail server"`
	Password log.Secret `key:"smtp.password" doc:"its password"`
	From     string     `key:"smtp.from" doc:"sender, such as Nostos <nostos@example.org>"`
	TLS      string     `key:"smtp.tls" default:"starttls" doc:"starttls, tls or none"`
}

// Clamd is the malware scanner.
type Clamd struct {
	Addr    string        `key:"clamd.addr" doc:"host:port, or unix:/run/clamav/clamd.ctl; empty: files are marked as not scanned"`
	Timeout time.Duration `key:"clamd.timeout" default:"30s" doc:"longest wait for the scanner"`
}

// Upload limits what one person can make the server store and decode.
type Upload struct {
	Max    Bytes  `key:"upload.max" default:"25MB" doc:"largest file that is accepted"`
	Folder string `key:"upload.folder" doc:"folder for stored files; empty: blobs in the data folder"`
}

// Log says how the program reports on itself.
type Log struct {
	Level  string `key:"log.level" default:"info" doc:"debug, info, warn or error"`
	Format string `key:"log.format" default:"text" doc:"text or json"`
}

// Session says how long a sign-in lasts.
type Session struct {
	Idle time.Duration `key:"session.idle" default:"30m" doc:"signed out after this long without a click"`
	Max  time.Duration `key:"session.max" default:"12h" doc:"signed out after this long in any case"`
}

// Lockout slows down guessing of passwords and codes.
type Lockout struct {
	Attempts int           `key:"lockout.attempts" default:"5" doc:"wrong attempts before an account is locked"`
	Window   time.Duration `key:"lockout.window" default:"15m" doc:"time within which they are counted"`
	Duration time.Duration `key:"lockout.duration" default:"15m" doc:"how long the account stays locked"`
}

// Jobs is the work done behind the screens.
type Jobs struct {
	Workers  int           `key:"jobs.workers" default:"2" doc:"jobs worked on at the same time"`
	KeepDone time.Duration `key:"jobs.keep_done" default:"168h" doc:"how long a finished job stays in the list"`
}
