package main

import (
	"os"
	"reflect"

	"github.com/nostos-avrr/nostos/internal/platform/config"
)

// settings are the flags that every command about an installation takes. A flag that is not given stays nil, so that the
// environment, the file and the default may speak. A test holds the list against package config.
type settings struct {
	Config        *string `name:"config" help:"Settings file (default: nostos.yaml in the data folder)." placeholder:"FILE" group:"Settings"`
	Data          *string `name:"data" help:"Folder for database, files and keys." placeholder:"DIR" group:"Settings"`
	DB            *string `name:"db" help:"postgres://… for PostgreSQL instead of the database file." placeholder:"URL" group:"Settings"`
	Addr          *string `name:"addr" help:"Address the pages are served on." placeholder:"HOST:PORT" group:"Settings"`
	AdminAddr     *string `name:"admin-addr" help:"Address for metrics and profiles." placeholder:"HOST:PORT" group:"Settings"`
	PublicURL     *string `name:"public-url" help:"Address people type." placeholder:"URL" group:"Settings"`
	Proxies       *string `name:"trusted-proxies" help:"Proxies whose X-Forwarded-For is believed." placeholder:"LIST" group:"Settings"`
	Packs         *string `name:"packs" help:"Folder with programmes of your own." placeholder:"DIR" group:"Settings"`
	Zone          *string `name:"zone" help:"Time zone for dates and deadlines." placeholder:"ZONE" group:"Settings"`
	MasterKey     *string `name:"master-key" hidden:"" group:"Settings"`
	MasterKeyFile *string `name:"master-key-file" help:"File with the master key." placeholder:"FILE" group:"Settings"`
	SMTPHost      *string `name:"smtp-host" help:"Mail server." placeholder:"HOST" group:"Settings"`
	SMTPPort      *string `name:"smtp-port" hidden:"" group:"Settings"`
	SMTPUser      *string `name:"smtp-user" hidden:"" group:"Settings"`
	SMTPPassword  *string `name:"smtp-password" hidden:"" group:"Settings"`
	SMTPFrom      *string `name:"smtp-from" hidden:"" group:"Settings"`
	SMTPTLS       *string `name:"smtp-tls" hidden:"" group:"Settings"`
	ClamdAddr     *string `name:"clamd-addr" help:"Malware scanner." placeholder:"ADDR" group:"Settings"`
	ClamdTimeout  *string `name:"clamd-timeout" hidden:"" group:"Settings"`
	UploadMax     *string `name:"upload-max" help:"Largest file that is accepted." placeholder:"SIZE" group:"Settings"`
	UploadFolder  *string `name:"upload-folder" hidden:"" group:"Settings"`
	LogLevel      *string `name:"log-level" help:"debug, info, warn or error." placeholder:"LEVEL" group:"Settings"`
	LogFormat     *string `name:"log-format" help:"text or json." placeholder:"FORMAT" group:"Settings"`
	SessionIdle   *string `name:"session-idle" hidden:"" group:"Settings"`
	SessionMax    *string `name:"session-max" hidden:"" group:"Settings"`
	LockAttempts  *string `name:"lockout-attempts" hidden:"" group:"Settings"`
	LockWindow    *string `name:"lockout-window" hidden:"" group:"Settings"`
	LockDuration  *string `name:"lockout-duration" hidden:"" group:"Settings"`
	JobsWorkers   *string `name:"jobs-workers" hidden:"" group:"Settings"`
	JobsKeepDone  *string `name:"jobs-keep-done" hidden:"" group:"Settings"`
}

// given lists the flags that were set, by name.
func (s *settings) given() map[string]string {
	out := map[string]string{}
	v := reflect.ValueOf(s).Elem()
	for i := 0; i < v.NumField(); i++ {
		if p := v.Field(i); p.Kind() == reflect.Pointer && !p.IsNil() {
			out[v.Type().Field(i).Tag.Get("name")] = p.Elem().String()
		}
	}
	return out
}

func (s *settings) load() (*config.Config, error) { return config.Load(s.given(), os.Environ()) }
