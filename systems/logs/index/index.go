// Package index holds the lines of logs, and finds them again.
//
// An Index is cut into shards, each an index of the Bleve library in a folder of
// its own, which has its lines in segments: files that never change. Lines are
// put into one shard in batches, by whoever has the batch; a search asks all
// shards, and merges what they have found. It sees each shard as it was when the
// search came there.
//
// # The newest first
//
// That is what readers of logs want, and it needs no look at most lines. What a
// segment knows of a word is the set of lines that have it, one bit a line.
// Queries put such sets together, see matcher, and count them. A page is filled
// from the newest lines on: those of a segment are in blocks, of which it is known
// how new they are, and blocks that are older than all lines of a page that is
// full are not looked at. Where sets are not enough, as a phrase needs a look at
// each line, or take long to make, as for a pattern, lines are counted up to a
// limit only, and the answer says so.
//
// # The best first
//
// Lines are ranked by BM25 (Robertson and Zaragoza, 2009), and lines that rank
// the same by time, the newest first; then, as of lines without a time, the later
// line of the later source comes first. BM25 weighs a word by how few lines have
// it. A shard knows that of its own lines only, so that rankings of shards do
// not compare: therefore a first round asks every shard how many lines it has,
// how long they are, and how many have each of the words; and a second round
// ranks by the sums. So the ranking is that of one shard with all of the lines.
// (Elasticsearch calls this dfs_query_then_fetch. Bleve's own global scoring
// adds up the numbers of lines, but not those with a word.)
package index

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/blevesearch/bleve/v2/mapping"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/flow/scatter"
	"github.com/trivet-go/trivet/systems/logs/event"
	"github.com/trivet-go/trivet/task/scoped"
)

// An Index may be used by any number of goroutines.
type Index struct {
	shards  []*shard
	mapping *mapping.IndexMappingImpl
	names   names
	rules   Rules

	newest  trivet.Step[*question, Answer]
	prepare trivet.Step[*question, statistics] // the two rounds of a search for the best
	rank    trivet.Step[*question, Answer]
}

// Rules say how an index is made and searched.
type Rules struct {
	Shards int // 0 means 1

	// Gather says what becomes of a search when shards are late or fail. The
	// zero value waits for all of them. Its deadline is that of one round of two;
	// a search that has one round has twice the time.
	Gather scatter.Rules
}

// Create makes an empty index in a folder, which must be empty or not exist.
func Create(dir string, rules Rules) (*Index, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("index: %w", err)
	}
	if len(entries) > 0 {
		return nil, fmt.Errorf("index: the folder %s is not empty: name a new one", dir)
	}
	m, err := newMapping()
	if err != nil {
		return nil, fmt.Errorf("index: %w", err)
	}
	x := &Index{mapping: m, rules: rules}
	for i := range max(rules.Shards, 1) {
		s, err := createShard("shard "+strconv.Itoa(i), filepath.Join(dir, strconv.Itoa(i)), m)
		if err != nil {
			return nil, errors.Join(err, x.Close())
		}
		x.shards = append(x.shards, s)
	}
	x.plan()
	return x, nil
}

// Shards returns how many parts there are.
func (x *Index) Shards() int { return len(x.shards) }

// Put puts lines into one shard. When it has returned they are found, and on
// their way to disk: see [Index.Flush]. A line that is there already is
// replaced. After an error any part of the lines may be there; an error that is
// ErrStorage is not the fault of the lines.
//
// Puts to the same shard must not overlap.
func (x *Index) Put(shard int, events []event.Event) error {
	s := x.shards[shard]
	if s.broken.Ready() {
		return s.storageError()
	}
	batch := s.bleve.NewBatch()
	for i := range events {
		if err := batch.IndexAdvanced(x.document(s, &events[i])); err != nil {
			return fmt.Errorf("index: line %s: %w", events[i].ID, err)
		}
	}
	if err := s.bleve.Batch(batch); err != nil {
		return fmt.Errorf("index: %s: %w", s.name, err)
	}
	return nil
}

// Flush waits until everything that was put is on disk.
func (x *Index) Flush(ctx context.Context) error {
	return scoped.Each(ctx, slices.Values(x.shards), len(x.shards), func(ctx context.Context, s *shard) error {
		return s.flush(ctx)
	})
}

// Len returns the number of lines.
func (x *Index) Len() (n int64, err error) {
	for _, s := range x.shards {
		c, err := s.bleve.DocCount()
		if err != nil {
			return 0, fmt.Errorf("index: %s: %w", s.name, err)
		}
		n += int64(c)
	}
	return n, nil
}

// Close closes all shards. No Put or Search may be under way or follow.
func (x *Index) Close() error {
	var errs []error
	for _, s := range x.shards {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}
