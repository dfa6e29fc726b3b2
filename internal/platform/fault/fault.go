// Package fault holds the only errors a person may read: a kind, a message key with its values, and the problems at
// single fields. Every other error is internal: the reader gets a number to quote, the log gets the cause.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what sort of refusal this is; the web layer maps it to a status, the command line to an exit code.
type Kind int

// Kinds of refusal.
const (
	Internal  Kind = iota
	Invalid        // what was typed cannot be used; Fields says where
	NotFound       // no such thing, or not for you: the two must look the same
	Denied         // your role may not do this
	Conflict       // the state of things forbids it; the message says what is possible now
	Stale          // somebody else changed it meanwhile
	TooLarge       // more than the limit
	Busy           // try again
	SignedOut      // sign in first
)

var kindNames = [...]string{"internal", "invalid", "not found", "denied", "conflict", "stale", "too large", "busy", "signed out"}

func (k Kind) String() string { return kindNames[k] }

// Field is a problem at one field of a form.
type Field struct {
	Name string // the field's name in the form
	Key  string // message key
	Args []any  // name, value, …
}

// Fault is a refusal in the reader's language-to-be.
type Fault struct {
	Kind   Kind
	Key    string
	Args   []any
	Fields []Field
	// ProbeKind and ProbeID name the record somebody asked for without being allowed to know it: the gate writes
	// the attempt into the journal. The reader never sees them.
	ProbeKind, ProbeID string
	cause              error
}

func (f *Fault) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", f.Kind, f.Key)
	for _, p := range f.Fields {
		fmt.Fprintf(&b, "; %s: %s", p.Name, p.Key)
	}
	if f.cause != nil {
		fmt.Fprintf(&b, ": %v", f.cause)
	}
	return b.String()
}

// Unwrap gives the hidden cause, for the log only.
func (f *Fault) Unwrap() error { return f.cause }

// New makes a fault of a kind with its message key and values.
func New(k Kind, key string, args ...any) *Fault { return &Fault{Kind: k, Key: key, Args: args} }

// Because attaches the hidden cause.
func (f *Fault) Because(err error) *Fault { f.cause = err; return f }

// Hidden is the answer for a record outside the asker's scope: not found, with the attempt noted.
func Hidden(kind, id string) *Fault {
	return &Fault{Kind: NotFound, Key: "fault.not_found", ProbeKind: kind, ProbeID: id}
}

// Gone is the answer for something that does not exist.
func Gone() *Fault { return &Fault{Kind: NotFound, Key: "fault.not_found"} }

// Fields makes one fault of several field problems, or nil if there are none.
func Fields(fs []Field) error {
	if len(fs) == 0 {
		return nil
	}
	return &Fault{Kind: Invalid, Key: "fault.invalid", Fields: fs}
}

// At makes an invalid fault at one field.
func At(field, key string, args ...any) *Fault {
	return &Fault{Kind: Invalid, Key: "fault.invalid", Fields: []Field{{Name: field, Key: key, Args: args}}}
}

// Of finds the fault in err; any other error becomes an internal one that keeps err as its cause.
func Of(err error) *Fault {
	if err == nil {
		return nil
	}
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return &Fault{Kind: Internal, Key: "fault.internal", cause: err}
}

// Is reports whether err is a fault of kind k.
func Is(err error, k Kind) bool {
	var f *Fault
	return errors.As(err, &f) && f.Kind == k
}
