// Package bolt keeps what must survive a process in one file, by bbolt: the
// journals of masters (task/masterworker) and the states of grains (flow/actors).
//
//	file, err := bolt.Open("ci.db", bolt.Rules{})
//	…
//	defer file.Close()
//	journal, err := file.Journal("builds")
//	…
//	m, err := masterworker.Open(ctx, masterworker.Rules[Commit, Verdict]{Journal: journal})
//
//	store, err := file.Grains("accounts")
//	…
//	sys := actors.New(ctx, actors.Rules{Store: store})
//
// The program examples/bank beside this file is a bank of grains that is killed again
// and again.
//
// Use it for one process on one machine, whose jobs, and whose messages that
// change a grain, are worth a few milliseconds each. It needs no server. When the
// master itself has to move to another machine, or grains are to run on several,
// their journal or store must be somewhere else.
//
// # What it survives
//
// [PowerLoss], the zero value: when a Commit or a Save has returned, its batch or
// state is on the disk by fdatasync. It survives a crash or kill of the process at
// any point, and a loss of power if the disk keeps what it says it has.
// [ProcessCrash]: it is with the operating system. It survives a crash or kill of
// the process; a loss of power may leave a file that cannot be opened.
//
// A Commit waits for the disk once or twice, whatever the size of the batch, and
// a master puts all that happens meanwhile into the next one. So does a store with
// the states that are saved meanwhile. So many jobs or grains at the same time are
// fast, and one alone takes as long as the disk does.
//
// # When something goes wrong
//
// An error of the disk is that of the Commit, and ends the master: it can be
// opened anew. One of a Save costs the grain its activation: the next message
// reads what was saved last. A Save that follows a revision which is not the last
// one is refused with [actors.ErrFenced]. Nothing is repaired. A file that another
// process has open is [ErrLocked]. The file grows to what it has to hold at most,
// and does not shrink; room that is free is used again.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	bbolt "go.etcd.io/bbolt"
	bberrors "go.etcd.io/bbolt/errors"

	"github.com/trivet-go/trivet/task/masterworker"
)

// Rules are the settings of a file; zero is good.
type Rules struct {
	Survives Survival
}

// Survival is what commits and saves survive.
type Survival uint8

const (
	PowerLoss    Survival = iota // of the machine, and what ProcessCrash says
	ProcessCrash                 // also a kill -9
)

// ErrLocked is returned by Open when another process has the file open.
var ErrLocked = errors.New("bolt: another process has the file open")

// lockWithin is how long Open waits for a process that is about to end.
const lockWithin = time.Second

// File is an open file.
type File struct {
	db   *bbolt.DB
	path string // that of db is gone when the file is closed

	mu    sync.Mutex // held for a few instructions
	given map[string]bool
}

// Open opens the file, or makes it. One process can have it open at a time.
func Open(path string, rules Rules) (*File, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:        lockWithin,
		NoSync:         rules.Survives == ProcessCrash,
		NoGrowSync:     rules.Survives == ProcessCrash,
		NoFreelistSync: true, // it is found again when the file is opened
		FreelistType:   bbolt.FreelistMapType,
	})
	switch {
	case errors.Is(err, bberrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s", ErrLocked, path)
	case err != nil:
		return nil, fmt.Errorf("bolt: %s: %w", path, err)
	}
	return &File{db: db, path: path, given: map[string]bool{}}, nil
}

// Close closes the file. The masters and systems of actors that have journals and
// stores in it must be closed before.
func (f *File) Close() error { return f.db.Close() }

// Journal returns the journal of that name, which is empty if there was none. It
// is for one master at a time, so it can be had once as long as the file is
// open.
func (f *File) Journal(name string) (masterworker.Journal, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.given[name] {
		return nil, fmt.Errorf("bolt: journal %q of %s is in use: use the one that was returned before", name, f.path)
	}
	bucket := []byte("journal/" + name)
	err := f.db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("bolt: journal %q of %s: %w", name, f.path, closed(err))
	}
	f.given[name] = true
	return &journal{f, bucket}, nil
}

// closed is err, and what to do about it if that is a file that was closed.
func closed(err error) error {
	if errors.Is(err, bberrors.ErrDatabaseNotOpen) {
		return fmt.Errorf("the file was closed: close what uses it before: %w", err)
	}
	return err
}

type journal struct {
	file   *File
	bucket []byte
}

// errStop ends a transaction whose reader has had enough.
var errStop = errors.New("stop")

// Load yields all entries, in the order of their keys.
func (j *journal) Load(ctx context.Context) iter.Seq2[masterworker.Entry, error] {
	return func(yield func(masterworker.Entry, error) bool) {
		err := j.file.db.View(func(tx *bbolt.Tx) error {
			return tx.Bucket(j.bucket).ForEach(func(k, v []byte) error {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				e := masterworker.Entry{Key: string(k), Value: append([]byte(nil), v...)} // v is the file's
				if !yield(e, nil) {
					return errStop
				}
				return nil
			})
		})
		if err != nil && err != errStop {
			yield(masterworker.Entry{}, fmt.Errorf("bolt: %s: %w", j.file.path, closed(err)))
		}
	}
}

// Commit stores a batch in one transaction.
func (j *journal) Commit(ctx context.Context, batch []masterworker.Entry) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	err := j.file.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(j.bucket)
		for _, e := range batch {
			if err := put(b, e); err != nil {
				return fmt.Errorf("entry %q: %w", e.Key, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("bolt: %s: %w", j.file.path, closed(err))
	}
	return nil
}

func put(b *bbolt.Bucket, e masterworker.Entry) error {
	if e.Value == nil {
		return b.Delete([]byte(e.Key))
	}
	return b.Put([]byte(e.Key), e.Value)
}
