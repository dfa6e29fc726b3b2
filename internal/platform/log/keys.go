package log

// allowed are the only attribute keys a log line may carry. Each is a measure, a code, a place in the program or an
// identifier that means nothing without the database. Add a key only if its value can never be about a person:
// no name, no address, no path with an identifier a browser sent, no text a user typed.
var allowed = map[string]bool{
	// what and where in the program
	"component": true, "action": true, "kind": true, "route": true, "method": true, "status": true, "code": true,
	"engine": true, "version": true, "revision": true, "migration": true, "migrations": true, "pack": true, "stage": true, "step": true, "report": true,
	"file": true, "line": true, "column": true, "key": true, "setting": true, "source": true, "lang": true,
	// identifiers made by this program
	"request_id": true, "job": true, "actor": true, "office": true, "case": true, "person": true, "session": true, "seq": true, "id": true,
	"blob": true, "worker": true,
	// measures
	"count": true, "total": true, "bytes": true, "size": true, "limit": true, "duration": true, "wait": true, "attempt": true, "attempts": true,
	"rows": true, "free": true, "at": true, "until": true,
	// the machine
	"addr": true, "url": true, "data": true, "signal": true, "pid": true, "host": true, "port": true, "zone": true,
	// faults: an error is wrapped with what was tried, never with what a user typed
	"err": true, "cause": true, "stack": true, "reason": true, "scan": true, "dropped": true,
}
