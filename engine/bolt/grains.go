package bolt

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	bbolt "go.etcd.io/bbolt"

	"github.com/trivet-go/trivet/flow/actors"
)

// Grains returns the store of that name, which is empty if there was none. Any
// number of systems may use it at a time: a grain that two of them believe theirs
// is fenced.
func (f *File) Grains(name string) (actors.Store, error) {
	bucket := []byte("grains/" + name)
	err := f.db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("bolt: grains %q of %s: %w", name, f.path, closed(err))
	}
	return &grains{file: f, bucket: bucket}, nil
}

// grains has a state under the grain's name, behind its revision.
type grains struct {
	file   *File
	bucket []byte

	writing sync.Mutex // held for a transaction, as bbolt would hold its own

	mu      sync.Mutex // held for a few instructions
	waiting []*save
}

// save is a state that is to be saved. Who writes changes over and err.
type save struct {
	key  string
	next state // with the revision that it follows
	over bool  // saved, or err tells why not
	err  error
}

type state struct {
	data     []byte
	revision uint64 // 0: there is none
}

// Load implements actors.Store.
func (g *grains) Load(ctx context.Context, key string) (data []byte, revision uint64, err error) {
	if ctx.Err() != nil {
		return nil, 0, context.Cause(ctx)
	}
	err = g.file.db.View(func(tx *bbolt.Tx) error {
		last, err := lastOf(tx.Bucket(g.bucket), key)
		data, revision = bytes.Clone(last.data), last.revision // last.data is the file's
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("bolt: %s: %s: %w", g.file.path, key, closed(err))
	}
	return data, revision, nil
}

// Save implements actors.Store. Whoever writes first writes what all the others
// have meanwhile, so that a thousand grains do not wait for the disk one by one.
func (g *grains) Save(ctx context.Context, key string, data []byte, revision uint64) (uint64, error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	s := &save{key: key, next: state{data, revision}}
	g.mu.Lock()
	g.waiting = append(g.waiting, s)
	g.mu.Unlock()

	g.writing.Lock()
	defer g.writing.Unlock()
	if !s.over {
		g.mu.Lock()
		all := g.waiting
		g.waiting = nil
		g.mu.Unlock()
		g.write(all)
	}
	if s.err != nil {
		return 0, fmt.Errorf("bolt: %s: %s: %w", g.file.path, key, closed(s.err))
	}
	return revision + 1, nil
}

// errPanicked is the error of those whose transaction another one's goroutine made.
var errPanicked = errors.New("the transaction panicked")

// write saves all in one transaction, but for those that are refused.
func (g *grains) write(all []*save) {
	err := errPanicked
	defer func() {
		for _, s := range all {
			s.over, s.err = true, cmp.Or(s.err, err)
		}
	}()
	err = g.file.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(g.bucket)
		for _, s := range all {
			s.err = s.put(b)
		}
		return nil
	})
}

// put puts the state where its predecessor is, if that is the one that it follows.
func (s *save) put(b *bbolt.Bucket) error {
	last, err := lastOf(b, s.key)
	if err != nil {
		return err
	}
	if last.revision != s.next.revision {
		return fmt.Errorf("the revision is %d, not %d: %w", last.revision, s.next.revision, actors.ErrFenced)
	}
	v := binary.BigEndian.AppendUint64(nil, s.next.revision+1)
	return b.Put([]byte(s.key), append(v, s.next.data...))
}

// lastOf returns the state that was put last. Its data belongs to the transaction.
func lastOf(b *bbolt.Bucket, key string) (state, error) {
	v := b.Get([]byte(key))
	switch {
	case v == nil:
		return state{}, nil
	case len(v) < 8:
		return state{}, fmt.Errorf("a record of %d bytes has no revision: it is not one of grains", len(v))
	}
	return state{v[8:], binary.BigEndian.Uint64(v)}, nil
}
