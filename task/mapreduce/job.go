package mapreduce

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"reflect"
	"sync/atomic"

	"github.com/trivet-go/trivet"
)

// A Job is what to do with an input. It is a plain value: it can be run any number
// of times, and by several goroutines at once.
type Job[In any, K comparable, V, R any] struct {
	Name string // stands in hooks, errors, traces and profiles

	// Map looks at a piece of the input and leaves values by key in out. It is
	// called by several workers at once. Its error ends the run.
	Map func(in In, out *Out[K, V]) error

	// Combine adds v to what is there already for the same key. It must not matter
	// in which order and in which groups values are combined. Combine may keep what
	// v points to; into is its own.
	Combine func(into *V, v V)

	// Reduce makes the result of a key from its value. It may be left out if
	// results are values. It is called by several workers at once.
	Reduce func(key K, v V) R

	// Memory is how many bytes the tables of all workers may take together, about;
	// what does not fit is written to temporary files and merged at the end. 0
	// means no limit. It needs a Codec.
	Memory int64

	// Codec is how keys and values are written; strings, integers and flat structs
	// need none.
	Codec Codec[K, V]

	// Temp is the folder for temporary files; os.TempDir if empty.
	Temp string

	// Ordered combines values in the order of the input, in groups that depend on
	// the input alone. Then results are the same to the last bit also where the
	// order matters: sums of floating-point numbers, lists. It costs time where
	// there are many keys.
	Ordered bool

	// Workers is how many calls of Map run at the same time at most; 0, and
	// anything above, means GOMAXPROCS.
	Workers int
}

// Run describes a run of the job over an input. It begins when the results are read.
func (j Job[In, K, V, R]) Run(ctx context.Context, in Source[In]) *Results[K, R] {
	res := &Results[K, R]{name: j.Name}
	res.start = func(sorted bool, yield func(K, R) bool) error {
		r, err := newRun(ctx, j, in, &res.stats)
		if err != nil {
			return err
		}
		return r.results(sorted, yield)
	}
	return res
}

// Step returns the job as a step, for a pipeline, a consumer or an actor: from an
// input to all results.
func (j Job[In, K, V, R]) Step() trivet.Step[Source[In], map[K]R] {
	return func(ctx context.Context, in Source[In]) (map[K]R, error) {
		return j.Run(ctx, in).Collect()
	}
}

// Results are those of a run, by key. They are read once, by All or Sorted or
// Collect, which is when the run takes place, on the goroutine that reads and on
// helpers. When the reading ends, by itself, by break or by a panic, nothing of the
// run is left, neither goroutines nor files.
type Results[K comparable, R any] struct {
	name  string
	start func(sorted bool, yield func(K, R) bool) error
	begun atomic.Bool
	err   error
	stats Stats
}

// Stats tell what a run has done.
type Stats struct {
	Read    int64 // bytes of text after decompression, or items
	Skipped int64 // malformed records, if the Input says that they are skipped
	Keys    int64 // results
	Spilled int64 // bytes written to temporary files
	Runs    int64 // sorted runs that they were written in
}

// All yields every key and its result, in no particular order.
func (r *Results[K, R]) All() iter.Seq2[K, R] { return r.read(false) }

// Sorted yields every key and its result by the order of the keys: of numbers that
// of their values, of strings that of their bytes, of structs that of the fields
// one after the other.
func (r *Results[K, R]) Sorted() iter.Seq2[K, R] { return r.read(true) }

// Collect returns all results, or the error of the run.
func (r *Results[K, R]) Collect() (map[K]R, error) {
	all := map[K]R{}
	for k, v := range r.All() {
		all[k] = v
	}
	if r.err != nil {
		return nil, r.err
	}
	return all, nil
}

// Err is why the results are not complete: the first thing that went wrong, or the
// cause of the context. It is nil after a break, and before the results are read.
func (r *Results[K, R]) Err() error { return r.err }

// Stats are those of the run, once the results have been read.
func (r *Results[K, R]) Stats() Stats { return r.stats }

func (r *Results[K, R]) read(sorted bool) iter.Seq2[K, R] {
	return func(yield func(K, R) bool) {
		if !r.begun.CompareAndSwap(false, true) {
			r.err = errors.Join(r.err, errors.New("mapreduce: the results of a run can be read once: call Run again"))
			return
		}
		r.err = r.start(sorted, func(k K, v R) bool {
			r.stats.Keys++
			return yield(k, v)
		})
	}
}

// newRun checks the job and prepares a run.
func newRun[In any, K comparable, V, R any](ctx context.Context, j Job[In, K, V, R], in Source[In], stats *Stats) (*run[In, K, V, R], error) {
	if j.Map == nil || j.Combine == nil {
		return nil, errors.New("mapreduce: a job needs Map and Combine")
	}
	r := &run[In, K, V, R]{Job: j, source: in, stats: stats, user: ctx, hooks: trivet.HooksFrom(ctx)}
	r.seeds = seeds{rand.Uint64(), rand.Uint64()}
	r.textual = reflect.TypeFor[K]().Kind() == reflect.String
	var err error
	if r.keys, err = keyCoder(j.Codec.Key); err != nil {
		return nil, err
	}
	if r.Memory > 0 {
		if r.values, err = valueCoder(j.Codec.Value); err != nil {
			return nil, err
		}
		r.weighed = !fixedSize(reflect.TypeFor[V]())
	}
	if r.Reduce == nil {
		same, ok := any(func(_ K, v V) V { return v }).(func(K, V) R)
		if !ok {
			return nil, fmt.Errorf("mapreduce: a job needs Reduce to make a %v of a %v", reflect.TypeFor[R](), reflect.TypeFor[V]())
		}
		r.Reduce = same
	}
	return r, nil
}
