package scatter_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trivet-go/trivet/flow/scatter"
)

type hit struct {
	page  string
	score int
}

func byScore(a, b hit) int { return cmp.Compare(b.score, a.score) }

func shard(hits ...hit) func(context.Context, string) ([]hit, error) {
	return func(context.Context, string) ([]hit, error) { return hits, nil }
}

// How do I ask all shards, and merge the best of each?
func ExampleGather() {
	search := scatter.Gather(scatter.Rules{Name: "search"}, scatter.TopK(3, byScore),
		scatter.Shard[string, []hit]{Name: "eu", Ask: shard(hit{"a", 9}, hit{"b", 2})},
		scatter.Shard[string, []hit]{Name: "us", Ask: shard(hit{"c", 7}, hit{"d", 5})},
	)
	fmt.Println(search(context.Background(), "cat"))
	// Output: [{a 9} {c 7} {d 5}] <nil>
}

// How do I go on without a shard that is down, and tell who is missing?
func ExampleRules_partial() {
	down := func(context.Context, string) ([]hit, error) { return nil, errors.New("connection refused") }
	type answer struct {
		hits    []hit
		missing []string
	}
	search := scatter.Gather(scatter.Rules{Partial: 1, Deadline: time.Second},
		func(r scatter.Replies[[]hit]) (answer, error) {
			best, err := scatter.TopK(10, byScore)(r)
			return answer{best, r.Missing()}, err
		},
		scatter.Shard[string, []hit]{Name: "eu", Ask: shard(hit{"a", 9})},
		scatter.Shard[string, []hit]{Name: "us", Ask: down},
	)
	a, err := search(context.Background(), "cat")
	fmt.Println(a.hits, "without", a.missing, err)
	// Output: [{a 9}] without [us] <nil>
}

// How do I return when most have answered?
func ExampleRules_quorum() {
	replica := func(v int) func(context.Context, string) (int, error) {
		return func(context.Context, string) (int, error) { return v, nil }
	}
	newest := func(r scatter.Replies[int]) (v int, _ error) {
		for _, version := range r.Good() {
			v = max(v, version)
		}
		return v, nil
	}
	read := scatter.Gather(scatter.Rules{Quorum: 2}, newest, scatter.Shards(replica(7), replica(7), replica(7))...)
	fmt.Println(read(context.Background(), "key"))
	// Output: 7 <nil>
}

// How do I keep one slow backend from making calls slow?
func ExampleReplicas() {
	slow := func(ctx context.Context, _ string) (string, error) {
		<-ctx.Done() // takes for ever
		return "", ctx.Err()
	}
	quick := func(context.Context, string) (string, error) { return "quick", nil }
	call := scatter.Replicas(scatter.Hedge{After: time.Millisecond}, slow, quick)
	fmt.Println(call(context.Background(), "q"))
	// Output: quick <nil>
}

// How do I hedge when the answer is a stream that is read later?
func ExampleOpen() {
	open := func(ctx context.Context, _ string) (<-chan struct{}, error) { return ctx.Done(), nil }
	stream, err := scatter.Open(scatter.Hedge{}, open, open)(context.Background(), "q")
	if err != nil {
		fmt.Println(err)
		return
	}
	select {
	case <-stream.Value:
		fmt.Println("ended early")
	default:
		fmt.Println("alive")
	}
	stream.Release()
	<-stream.Value
	fmt.Println("ended")
	// Output:
	// alive
	// ended
}
