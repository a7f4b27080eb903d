// Package actors is the scoreboard of actors: what a message, an answer and an actor
// cost.
//
// Libraries that can live in this process are called here. Those that cannot, and
// Erlang, are programs of their own in the folder others: they do the same cases,
// in the same rounds, and time them themselves.
package actors

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/trivet-go/trivet/bench/actors/peer"
	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
)

// Board is the scoreboard: a contest of times, then how long the slowest answers
// take, and how much an idle actor holds.
var Board = board.Board{Name: name, What: what, Contest: true, Make: makeBoard}

const (
	name = "actors"
	what = "what a message, an answer and an actor cost"
)

// libraries live in this process; others are programs of their own.
var libraries = []peer.Library{ours, protoactor, channels}

const (
	cycledUsually = 1000
	cycledFully   = 100_000
)

func makeBoard(ctx context.Context, o board.Options) error {
	defer o.Progress.Done()
	dir, err := os.MkdirTemp("", "trivet-actors")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	others, leftOut := buildOthers(ctx, dir, o.Progress)
	times := contest.Board{
		Name:    name,
		What:    what,
		Cases:   func() []contest.Case { return cases(ctx, others, o.Full) },
		LeftOut: leftOut,
	}
	if err := times.Scoreboard().Make(ctx, o); err != nil {
		return err
	}
	if err := makeBlocked(ctx, others, o); err != nil {
		return err
	}
	return makeIdle(ctx, others, o)
}

func cases(ctx context.Context, others []other, full bool) []contest.Case {
	cycled := cycledUsually
	if full {
		cycled = cycledFully
	}
	all := []struct {
		key string
		contest.Case
	}{
		{"tell", contest.Case{
			Name: "tell 1→1", Op: "a message", Unit: 100,
			Promise: "messages of one goroutine to one actor, until it has handled them all; ours has a mailbox of 1000, rivals' are unbounded if they do not say otherwise",
			Targets: []contest.Target{{Who: ours.Who, NS: 50}, {Who: ours.Who, Ratio: 0.5}},
		}},
		{"many", contest.Case{
			Name: fmt.Sprintf("many-to-one %d→1", peer.ManyTell), Op: "a message, of eight goroutines' together", Unit: 800,
			Promise: "messages of eight goroutines to one actor, until it has handled them all",
		}},
		{"ring", contest.Case{
			Name: fmt.Sprintf("ring of %d, %d tokens", peer.RingActors, peer.RingTokens), Op: "a hop", Unit: 10 * peer.RingTokens,
			Promise: "each actor hands a token on to the next",
			Targets: []contest.Target{{Who: ours.Who, Ratio: 1 / 1.6}},
		}},
		{"ping", contest.Case{
			Name: "ping-pong", Op: "a round trip of two messages", Unit: 10,
			Promise: "two actors send each other one message in turn",
			Targets: []contest.Target{{Who: ours.Who, Ratio: 1}},
		}},
		{"ping", contest.Case{
			Name: "ping-pong beside deep stacks", Op: "a round trip of two messages", Unit: 10,
			Promise: fmt.Sprintf("does the same, while %d goroutines wait deep in calls: so Go begins each one with a larger stack", peer.DeepStacks),
			Beside:  peer.DeepGoroutines,
			Targets: []contest.Target{{Who: ours.Who, Ratio: 1}},
		}},
		{"ask", contest.Case{
			Name: "ask from outside", Op: "a question and its answer", Unit: 10,
			Promise: "a goroutine asks, and waits for the answer, for a time at most",
			Targets: []contest.Target{{Who: ours.Who, NS: 800}, {Who: ours.Who, Ratio: 1 / 1.5}},
		}},
		{"spawn", contest.Case{
			Name: "spawn", Op: "an actor, made and stopped", Unit: 100,
			Promise: "actors that have handled no message yet are stopped again",
			Targets: []contest.Target{{Who: ours.Who, NS: 400}},
		}},
		{"cycle", contest.Case{
			Name: fmt.Sprintf("start, one message, stop: %d actors at once", cycled), Op: "an actor", Unit: cycled,
			Promise: "all actors begin, then each is sent a message, then all are stopped; every message is counted where it is handled",
		}},
	}
	var made []contest.Case
	for _, c := range all {
		made = append(made, with(ctx, c.Case, c.key, others))
	}
	return made
}

// with is a case with all that can do it. Its processes begin and end with it.
func with(ctx context.Context, c contest.Case, key string, others []other) contest.Case {
	for _, l := range libraries {
		if run := l.Run(key); run != nil {
			c.Subjects = append(c.Subjects, subject(l.Who, l.Role, l.Note, l.Only[key], contest.Subject{Run: run}))
		}
	}
	crew, beside := newCrew(ctx), c.Beside
	crew.deep = beside != nil
	for _, o := range others {
		if !slices.Contains(o.Can, key) || crew.deep && !slices.Contains(o.Can, "deep") {
			continue
		}
		if key == "cycle" && 0 < o.Most && o.Most < c.Unit {
			c.Promise += "; not asked, since so many actors take it minutes: " + o.Who
			continue
		}
		elsewhere := func(n int) (time.Duration, float64, error) {
			a, err := crew.do(o, fmt.Sprintf("%s %d", key, n))
			return time.Duration(a.NS), a.Allocs, err
		}
		c.Subjects = append(c.Subjects, subject(o.Who, o.Role, o.Note, o.Only[key], contest.Subject{Elsewhere: elsewhere}))
	}
	c.Beside = func() (end func()) {
		endBeside := func() {}
		if beside != nil {
			endBeside = beside()
		}
		return func() {
			crew.end()
			endBeside()
		}
	}
	return c
}

// subject is how one does a case; only says what it does not do there.
func subject(who, role, note, only string, s contest.Subject) contest.Subject {
	s.Who, s.Role, s.Note = who, contest.Role(role), cmp.Or(only, note)
	if only != "" {
		s.Role = contest.Reference
	}
	return s
}
