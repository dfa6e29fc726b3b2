package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nostos-avrr/nostos/internal/app/demo"
	"github.com/nostos-avrr/nostos/internal/platform/config"
	"github.com/nostos-avrr/nostos/internal/platform/id"
)

// bench is one run.
type bench struct {
	cfg    *config.Config
	flags  map[string]string
	n      int // requests of each kind
	floors map[string]times
	rows   []row
	client *http.Client
	base   string
}

// warm is how many requests go before those that count: nobody is the first visitor of the day all day long.
const warm = 20

// timed asks again and again and keeps how long each answer took, read to its end.
func (b *bench) timed(what string, want int, ask func(i int) (*http.Request, error)) (times, error) {
	var out times
	for i := range b.n + warm {
		req, err := ask(i)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		start := time.Now()
		status, _, err := b.send(req)
		took := time.Since(start)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		if status != want {
			return nil, fmt.Errorf("%s: %s %s answered %d, not %d", what, req.Method, req.URL, status, want)
		}
		if i >= warm {
			out = append(out, took)
		}
	}
	return out, nil
}

func (b *bench) send(req *http.Request) (status int, body []byte, err error) {
	res, err := b.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return res.StatusCode, body, err
}

func (b *bench) get(path string) (*http.Request, error) {
	return http.NewRequest(http.MethodGet, b.base+path, nil)
}

func (b *bench) post(path string, form url.Values) (*http.Request, error) {
	req, err := http.NewRequest(http.MethodPost, b.base+path, strings.NewReader(form.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req, err
}

// browser follows no redirect: the answer to a form is the redirect, and the page after it is measured by itself.
func browser() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// start starts the server in its own process and waits for the first answer.
func (b *bench) start(ctx context.Context) (cmd *exec.Cmd, took time.Duration, err error) {
	text, err := json.Marshal(b.flags)
	if err != nil {
		return nil, 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, 0, err
	}
	cmd = exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), serveEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, 0, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, 0, errors.Join(errors.New("the server did not start"), cmd.Wait())
	}
	b.base, b.client = "http://"+strings.TrimSpace(line), browser()
	req, err := b.get("/sign-in")
	if err != nil {
		return nil, 0, err
	}
	status, _, err := b.send(req)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the first answer was %d", status)
	}
	return cmd, time.Since(began), err
}

// server measures the program.
func (b *bench) server(ctx context.Context) error {
	ids, err := counsellorCases(ctx, b.cfg, b.n)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return errors.New("the caseload has no open case in Athens")
	}
	cmd, took, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer func() { cmd.Process.Signal(syscall.SIGINT); cmd.Wait() }()
	b.one("start to first answer", took, time.Second)
	time.Sleep(3 * time.Second) // the work of starting is over, its garbage is not yet collected: what a quiet office sees
	if err := b.memory("memory, idle", cmd.Process.Pid, "VmRSS", 150); err != nil {
		return err
	}
	req, err := b.post("/sign-in", url.Values{"login": {"counsellor"}, "password": {demo.Password}, "next": {"/help"}})
	if err != nil {
		return err
	}
	if status, _, err := b.send(req); err != nil || status != http.StatusSeeOther {
		return fmt.Errorf("the counsellor cannot sign in: %d, %v", status, err)
	}
	if err := b.reads(ids); err != nil {
		return err
	}
	if err := b.writes(ids); err != nil {
		return err
	}
	if err := b.crowd(ids); err != nil {
		return err
	}
	return b.memory("memory, highest", cmd.Process.Pid, "VmHWM", 512)
}

// nextPage is the link to the following page of a list.
var nextPage = regexp.MustCompile(`href="(/cases\?[^"]*after=[^"]*)"`)

func (b *bench) reads(ids []string) error {
	filters := []string{"/cases?nationality=PK", "/cases?desk=action&nationality=GE", "/cases?stage=SCREENING&return=IQ", "/cases?due=week", "/cases?flag=child", "/cases?sort=-opened&nationality=AL", "/cases?state=any&sort=number", "/cases?owner=nobody"}
	// Every script, the beginning of a word, two words, a common name, another spelling, and nobody at all.
	names := []string{"muhammad", "khan", "محمد خان", "გიორგი", "ketevan lom", "haddad", "زهراء", "mohamed tamimi", "arben hox", "gela", "dabashah", "مریم", "xqzzy nobody"}
	deep := "/cases"
	page := func(int) (*http.Request, error) { // page after page to the end, then from the start again
		req, err := b.get(deep)
		if err != nil {
			return nil, err
		}
		_, body, err := b.send(req)
		deep = "/cases"
		if m := nextPage.FindSubmatch(body); m != nil {
			deep = strings.ReplaceAll(string(m[1]), "&amp;", "&")
		}
		if err != nil {
			return nil, err
		}
		return b.get(deep)
	}
	rnd := rand.New(rand.NewSource(2))
	for _, m := range []struct {
		what, floor string
		budget      time.Duration
		ask         func(i int) (*http.Request, error)
	}{
		{"list: the office's cases", "list", 30 * time.Millisecond, func(int) (*http.Request, error) { return b.get("/cases") }},
		{"list: my cases", "list", 30 * time.Millisecond, func(int) (*http.Request, error) { return b.get("/work") }},
		{"list: page after page", "list", 30 * time.Millisecond, page},
		{"list: with filters", "list", 30 * time.Millisecond, func(i int) (*http.Request, error) { return b.get(filters[i%len(filters)]) }},
		{"list: in the order of names", "list", 30 * time.Millisecond, func(i int) (*http.Request, error) {
			return b.get([]string{"/cases?sort=name", "/cases?sort=-name", "/cases?flag=child&sort=name"}[i%3])
		}},
		{"case page", "case", 15 * time.Millisecond, func(int) (*http.Request, error) { return b.get("/cases/" + ids[rnd.Intn(len(ids))]) }},
		{"name search, any script", "search", 50 * time.Millisecond, func(i int) (*http.Request, error) {
			return b.get("/persons?" + url.Values{"q": {names[i%len(names)]}}.Encode())
		}},
		{"search box: cases and persons", "search", 50 * time.Millisecond, func(i int) (*http.Request, error) {
			return b.get("/search?" + url.Values{"q": {names[i%len(names)]}}.Encode())
		}},
	} {
		t, err := b.timed(m.what, http.StatusOK, m.ask)
		if err != nil {
			return err
		}
		b.many(m.what, t, m.floor, 0, m.budget)
	}
	return nil
}

func (b *bench) writes(ids []string) error {
	rnd := rand.New(rand.NewSource(time.Now().UnixNano())) // the persons of an earlier run are there already
	t, err := b.timed("registration", http.StatusSeeOther, func(int) (*http.Request, error) {
		p := &nations[rnd.Intn(len(nations))]
		g, f := pick(rnd, p.given), pick(rnd, p.family)
		return b.post("/persons", url.Values{"id": {id.New()}, "given_names": {g.latin}, "family_name": {f.latin}, "native_given": {g.native}, "native_family": {f.native}, "native_lang": {p.lang},
			"birth_date_d": {fmt.Sprint(1 + rnd.Intn(28))}, "birth_date_m": {fmt.Sprint(1 + rnd.Intn(12))}, "birth_date_y": {fmt.Sprint(1960 + rnd.Intn(45))}, "birth_kind": {"exact"},
			"sex": {"female"}, "nationality": {p.country}, "language": {p.lang}})
	})
	if err != nil {
		return err
	}
	b.many("registration of a person", t, "write", 10*time.Millisecond, 0)
	t, err = b.timed("look before registering", http.StatusOK, func(int) (*http.Request, error) {
		p := &nations[rnd.Intn(len(nations))]
		g, f := pick(rnd, p.given), pick(rnd, p.family)
		return b.post("/persons/new/check", url.Values{"id": {id.New()}, "given_names": {g.latin}, "family_name": {f.latin}, "native_given": {g.native}, "native_family": {f.native},
			"birth_date_d": {"1"}, "birth_date_m": {"7"}, "birth_date_y": {fmt.Sprint(1960 + rnd.Intn(45))}, "birth_kind": {"exact"}})
	})
	if err != nil {
		return err
	}
	b.many("look for duplicates first", t, "", 0, 0)
	t, err = b.timed("note", http.StatusSeeOther, func(int) (*http.Request, error) {
		return b.post("/cases/"+ids[rnd.Intn(len(ids))]+"/notes", url.Values{"id": {id.New()}, "kind": {"call"}, "text": {"Rang: the passport office answers next week."}})
	})
	if err != nil {
		return err
	}
	b.many("note", t, "write", 10*time.Millisecond, 0)
	t, err = b.timed("task", http.StatusSeeOther, func(int) (*http.Request, error) { return b.task(ids[rnd.Intn(len(ids))]) })
	if err != nil {
		return err
	}
	b.many("task", t, "write", 10*time.Millisecond, 0)
	return b.listsAmongWrites(ids)
}

// task writes down something to do, which changes the case and its place in the lists.
func (b *bench) task(caseID string) (*http.Request, error) {
	return b.post("/cases/"+caseID+"/tasks", url.Values{"id": {id.New()}, "title": {"Ring the school"}})
}

// listsAmongWrites is what a busy office sees: somebody has just changed a case, and whatever was remembered about the lists
// no longer holds.
func (b *bench) listsAmongWrites(ids []string) error {
	for _, path := range []string{"/cases", "/work", "/cases?nationality=PK"} {
		t, err := b.timed("list after a write", http.StatusOK, func(i int) (*http.Request, error) {
			req, err := b.task(ids[i%len(ids)])
			if err != nil {
				return nil, err
			}
			if status, _, err := b.send(req); err != nil || status != http.StatusSeeOther {
				return nil, fmt.Errorf("the task before it: %d, %v", status, err)
			}
			return b.get(path)
		})
		if err != nil {
			return err
		}
		b.many("list just after a write: "+path, t, "list", 0, 30*time.Millisecond)
	}
	return nil
}

// crowd lets eight browsers read at once, for the memory it takes.
func (b *bench) crowd(ids []string) error {
	const browsers = 8
	var wg sync.WaitGroup
	out := make([]times, browsers)
	errs := make([]error, browsers)
	for k := range browsers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			one := &bench{n: b.n / 4, client: b.client, base: b.base}
			out[k], errs[k] = one.timed("crowd", http.StatusOK, func(i int) (*http.Request, error) {
				switch i % 4 {
				case 0:
					return one.get("/cases")
				case 1:
					return one.get("/persons?q=muhammad+khan")
				}
				return one.get("/cases/" + ids[(i*browsers+k)%len(ids)])
			})
		}()
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var all times
	for _, t := range out {
		all = append(all, t...)
	}
	b.many("eight browsers at once", all, "", 0, 0)
	return nil
}
