package simulate

import (
	"context"
	"sync"

	"github.com/nostos-avrr/nostos/internal/domain/programme"
)

// Case is one case with what is known about its people.
type Case struct {
	No       string
	Month    string // in which its cost falls: of the planned departure, or of the application where none is planned
	Question programme.Question
}

// Changed is a case for which something would be different.
type Changed struct {
	Case
	programme.Change
}

// batch is some cases and what came of them, in the order in which they were read.
type batch struct {
	cases   []Case
	tally   *programme.Tally
	changed []Changed
	err     error
	done    chan struct{}
}

// Work works out what becomes of cases, spread over some workers. read hands them over, some at a time, and is held back
// while too many wait: what is in memory does not grow with the caseload. each is told of every case that would change, one
// after the other in the order of reading; it may be nil.
func Work(ctx context.Context, old, new *programme.Pack, workers int, read func(ctx context.Context, take func([]Case) error) error, each func(Changed) error) (*programme.Tally, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	todo, order := make(chan *batch), make(chan *batch, 2*workers)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for b := range todo {
				b.work(old, new, each != nil)
				close(b.done)
			}
		})
	}
	var readErr error
	running.Go(func() {
		defer close(order)
		defer close(todo)
		readErr = read(ctx, func(cs []Case) error {
			b := &batch{cases: cs, done: make(chan struct{})}
			for _, to := range []chan *batch{order, todo} {
				select {
				case to <- b:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	})
	total := programme.NewTally()
	var err error
	for b := range order {
		if err != nil { // the reader is told to stop; what it handed over is not needed any more
			continue
		}
		select {
		case <-b.done:
			err = b.put(total, each)
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err != nil {
			stop()
		}
	}
	running.Wait()
	if err == nil {
		err = readErr
	}
	return total, err
}

func (b *batch) work(old, new *programme.Pack, keep bool) {
	b.tally = programme.NewTally()
	for _, c := range b.cases {
		change := programme.Compare(old, new, c.Question)
		principal := ""
		if len(c.Question.People) > 0 {
			principal = c.Question.People[0].PersonID
		}
		if b.err = b.tally.Add(c.No, c.Month, principal, change); b.err != nil {
			return
		}
		if keep && change.Changed() {
			b.changed = append(b.changed, Changed{c, change})
		}
	}
}

func (b *batch) put(total *programme.Tally, each func(Changed) error) error {
	if b.err != nil {
		return b.err
	}
	for _, c := range b.changed {
		if err := each(c); err != nil {
			return err
		}
	}
	return total.Merge(b.tally)
}
