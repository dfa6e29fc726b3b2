package browser

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// wire speaks Chromium's DevTools protocol over a pair of pipes: JSON objects, each ended by a zero byte.
type wire struct {
	mu      sync.Mutex
	out     io.Writer
	last    int
	waiting map[int]chan message
	hears   map[string]func(method string, params json.RawMessage) // by session
	broken  error
}

type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
		Data    string `json:"data"`
	} `json:"error,omitempty"`
}

// M is the parameters of a command.
type M = map[string]any

func newWire(in io.Reader, out io.Writer) *wire {
	w := &wire{out: out, waiting: map[int]chan message{}, hears: map[string]func(string, json.RawMessage){}}
	go w.listen(in)
	return w
}

func (w *wire) listen(in io.Reader) {
	r := bufio.NewReaderSize(in, 1<<20)
	for {
		raw, err := r.ReadBytes(0)
		var m message
		if err == nil {
			err = json.Unmarshal(raw[:len(raw)-1], &m)
		}
		w.mu.Lock()
		if err != nil {
			w.broken = fmt.Errorf("Chromium has gone: %w", err)
			for _, c := range w.waiting {
				close(c)
			}
			w.waiting = nil
			w.mu.Unlock()
			return
		}
		answer, hear := w.waiting[m.ID], w.hears[m.Session]
		delete(w.waiting, m.ID)
		w.mu.Unlock()
		switch {
		case m.ID != 0 && answer != nil:
			answer <- m // has room for one, so a caller that gave up does not hold us
		case m.ID == 0 && hear != nil:
			hear(m.Method, m.Params)
		}
	}
}

func (w *wire) hear(session string, f func(method string, params json.RawMessage)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f == nil {
		delete(w.hears, session)
		return
	}
	w.hears[session] = f
}

// call sends a command and reads its result into out (nil: ignore it).
func (w *wire) call(session, method string, params M, out any) error {
	p, err := json.Marshal(params)
	if err != nil {
		return err
	}
	if params == nil {
		p = []byte("{}")
	}
	answer := make(chan message, 1)
	w.mu.Lock()
	if w.broken != nil {
		w.mu.Unlock()
		return w.broken
	}
	w.last++
	id := w.last
	w.waiting[id] = answer
	raw, err := json.Marshal(message{ID: id, Session: session, Method: method, Params: p})
	if err == nil {
		_, err = w.out.Write(append(raw, 0))
	}
	w.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case m, open := <-answer:
		switch {
		case !open:
			return w.broken
		case m.Error != nil:
			return fmt.Errorf("%s: %s %s", method, m.Error.Message, m.Error.Data)
		case out != nil:
			return json.Unmarshal(m.Result, out)
		}
		return nil
	case <-time.After(Patience):
		w.mu.Lock()
		delete(w.waiting, id)
		w.mu.Unlock()
		return fmt.Errorf("%s: no answer for %s", method, Patience)
	}
}

// rawValue is a JavaScript value; undefined has none.
type rawValue json.RawMessage

// UnmarshalJSON keeps the text as it is.
func (v *rawValue) UnmarshalJSON(b []byte) error {
	*v = append((*v)[:0], b...)
	return nil
}

func (v rawValue) into(out any) error {
	if out == nil || len(v) == 0 {
		return nil
	}
	return json.Unmarshal(v, out)
}
