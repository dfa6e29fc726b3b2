package browser

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"
)

// watch listens to a tab: what loads, and what goes wrong unseen.
type watch struct {
	mu       sync.Mutex
	changed  chan struct{} // closed and renewed at every step of loading
	hosts    map[string]bool
	problems []string

	started, stopped int // loadings of the main frame
	main             string
	status           int
	headers          map[string]any
	requests         map[string]string
}

func (w *watch) init(frame string) {
	w.main = frame
	w.changed = make(chan struct{})
	w.hosts = map[string]bool{}
	w.requests = map[string]string{}
}

func (w *watch) allow(host string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.hosts) == 0 { // a test that visits a second host must fail
		w.hosts[host] = true
	}
}

func (w *watch) document() (int, map[string]any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.status, w.headers
}

func (w *watch) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.problems
	w.problems = nil
	return out
}

// mark remembers how many loadings there have been, for settled.
func (w *watch) mark() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.started
}

func (w *watch) settled(since int, grace, patience time.Duration) bool {
	begin := time.Now()
	for {
		w.mu.Lock()
		started, busy, changed := w.started > since, w.stopped < w.started, w.changed
		w.mu.Unlock()
		wait := patience - time.Since(begin)
		switch {
		case started && !busy:
			return true
		case !started:
			wait = min(wait, grace-time.Since(begin))
			if wait <= 0 {
				return true
			}
		}
		if wait <= 0 {
			return false
		}
		select {
		case <-changed:
		case <-time.After(wait):
		}
	}
}

// read are the events we read.
var read = map[string]bool{
	"Page.frameStartedLoading": true, "Page.frameStoppedLoading": true, "Page.javascriptDialogOpening": true,
	"Network.requestWillBeSent": true, "Network.webSocketCreated": true,
	"Network.responseReceived": true, "Network.loadingFailed": true,
	"Runtime.exceptionThrown": true, "Runtime.consoleAPICalled": true, "Log.entryAdded": true,
}

// event has the fields we read of all the events we read; their names do not collide.
type event struct {
	FrameID, RequestID, Type, ErrorText, BlockedReason, Message, URL string

	Canceled bool
	Request  struct{ URL string }
	Response struct {
		URL     string
		Status  int
		Headers map[string]any
	}
	ExceptionDetails struct {
		Text      string
		Exception struct{ Description string }
	}
	Args []struct {
		Value       rawValue
		Description string
	}
	Entry struct{ Source, Level, Text, URL string }
}

// hear runs on the wire's own goroutine and must not wait for an answer.
func (t *tab) hear(method string, params json.RawMessage) {
	if !read[method] {
		return
	}
	var e event
	if err := json.Unmarshal(params, &e); err != nil {
		t.watch.add(fmt.Sprintf("the browser's %s cannot be read: %v", method, err))
		return
	}
	t.watch.see(method, e)
	if method == "Page.javascriptDialogOpening" {
		go func() {
			// Otherwise every later command waits for a person. The watch has reported the dialog already.
			if err := t.call("Page.handleJavaScriptDialog", M{"accept": true}, nil); err != nil {
				t.watch.add("the dialog cannot be closed: " + err.Error())
			}
		}()
	}
}

func (w *watch) see(method string, e event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch method {
	case "Page.frameStartedLoading":
		if e.FrameID == w.main && w.started == w.stopped {
			w.started++
			w.step()
		}
	case "Page.frameStoppedLoading":
		if e.FrameID == w.main && w.stopped < w.started {
			w.stopped = w.started
			w.step()
		}
	case "Network.requestWillBeSent":
		w.requests[e.RequestID] = e.Request.URL
		w.request(e.Request.URL)
	case "Network.webSocketCreated":
		w.request(e.URL)
	case "Network.responseReceived":
		if e.Type == "Document" && e.FrameID == w.main {
			w.status, w.headers = e.Response.Status, e.Response.Headers
		} else if e.Response.Status >= 400 && !strings.HasSuffix(e.Response.URL, "/favicon.ico") {
			w.problem("%s %s answered %d", e.Type, e.Response.URL, e.Response.Status)
		}
	case "Network.loadingFailed":
		// A cancelled request is the browser's own business: a page left before its picture came, or a download.
		if !e.Canceled && e.Type != "Document" {
			w.problem("%s %s did not load: %s %s", e.Type, w.requests[e.RequestID], e.ErrorText, e.BlockedReason)
		}
	case "Runtime.exceptionThrown":
		w.problem("uncaught error in a script: %s %s", e.ExceptionDetails.Text, e.ExceptionDetails.Exception.Description)
	case "Runtime.consoleAPICalled":
		if e.Type == "error" || e.Type == "assert" {
			var words []string
			for _, a := range e.Args {
				words = append(words, strings.Trim(string(a.Value), `"`)+a.Description)
			}
			w.problem("error on the console: %s", strings.Join(words, " "))
		}
	case "Log.entryAdded":
		// Failed requests are reported above with their type; here a form shown again with status 422 would be an error.
		if e.Entry.Level == "error" && e.Entry.Source != "network" {
			w.problem("%s error: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case "Page.javascriptDialogOpening":
		w.problem("a dialog that blocks the page: %q", e.Message)
	}
}

func (w *watch) step() {
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *watch) request(address string) {
	u, err := url.Parse(address)
	if err != nil {
		w.problem("a request to %q", address)
		return
	}
	switch u.Scheme {
	case "http", "https", "ws", "wss":
		if !w.hosts[u.Host] {
			w.problem("a request to another host: %s", address)
		}
	}
}

func (w *watch) add(problem string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems = append(w.problems, problem)
}

func (w *watch) problem(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}
