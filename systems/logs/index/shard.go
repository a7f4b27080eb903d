package index

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"

	"github.com/trivet-go/trivet/state/async"
	"github.com/trivet-go/trivet/state/guarded"
)

// ErrStorage is the error of an index that cannot write to its disk. Which lines
// it concerns is not known: those that were put last.
var ErrStorage = errors.New("the index cannot write to its disk")

// shard is one part of an index.
type shard struct {
	name, dir string
	bleve     bleve.Index

	times times

	// words is how many words all lines have that were ever put. A line that is
	// put again counts again; it only is for their average length.
	words atomic.Int64

	// broken gets an error when something could not be written to disk.
	broken *async.Future[struct{}]
	fail   *async.Promise[struct{}]
}

// open are the shards by folder: Bleve writes to disk when it has time, and tells
// what goes wrong then to a function of the whole process.
var open guarded.Value[map[string]*shard]

const callback = "trivet logs"

// maxSegment is how many lines one file of the index has at most.
const maxSegment = 250_000

func init() {
	scorch.RegistryAsyncErrorCallbacks[callback] = func(err error, dir string) {
		open.Do(func(all *map[string]*shard) {
			for _, s := range *all {
				if dir == s.dir || dir == filepath.Join(s.dir, "store") {
					s.fail.Reject(fmt.Errorf("%w: %w", ErrStorage, err))
				}
			}
		})
	}
}

func createShard(name, dir string, m mapping.IndexMapping) (*shard, error) {
	s := &shard{name: name, dir: dir}
	s.fail, s.broken = async.New[struct{}]()
	open.Do(func(all *map[string]*shard) {
		if *all == nil {
			*all = map[string]*shard{}
		}
		(*all)[dir] = s
	})
	var err error
	s.bleve, err = bleve.NewUsing(dir, m, scorch.Name, scorch.Name, map[string]any{
		"asyncErrorCallbackName": callback,

		// A batch is found when it is in memory, and merged with others before it
		// is written: five times fewer files. See Flush.
		"unsafe_batch": true,
		"scorchPersisterOptions": map[string]any{
			"PersisterNapTimeMSec":      200,
			"PersisterNapUnderNumFiles": 500,
		},

		// Files are mapped into memory. What is merged is read, and written, at
		// once: this is what bounds it.
		"scorchMergePlanOptions": map[string]any{"MaxSegmentSize": maxSegment},
	})
	if err != nil {
		s.forget()
		s.fail.Reject(err)
		return nil, fmt.Errorf("index: %s: %w", name, err)
	}
	return s, nil
}

// flush puts an empty batch and waits until that is on disk, and so everything
// before it.
func (s *shard) flush(ctx context.Context) error {
	written, onDisk := async.New[struct{}]()
	batch := s.bleve.NewBatch()
	batch.SetInternal([]byte("flushed"), nil)
	batch.SetPersistedCallback(func(err error) {
		if err != nil {
			written.Reject(fmt.Errorf("%w: %w", ErrStorage, err))
		}
		written.Resolve(struct{}{})
	})
	if err := s.bleve.Batch(batch); err != nil {
		return fmt.Errorf("index: %s: %w", s.name, err)
	}
	if _, err := async.Race(ctx, onDisk, s.broken); err != nil {
		return fmt.Errorf("index: %s: %w", s.name, err)
	}
	return nil
}

func (s *shard) storageError() error {
	_, err := s.broken.Await(context.Background())
	return fmt.Errorf("index: %s: %w", s.name, err)
}

func (s *shard) close() error {
	defer s.forget()
	defer s.fail.Resolve(struct{}{})
	if err := s.bleve.Close(); err != nil {
		return fmt.Errorf("index: %s: %w", s.name, err)
	}
	return nil
}

func (s *shard) forget() {
	open.Do(func(all *map[string]*shard) { delete(*all, s.dir) })
}
