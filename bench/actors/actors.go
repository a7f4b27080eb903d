// Package actors is the scoreboard of actors: what a message, an answer and an actor
// cost.
//
// Each library is a program of its own, in the folder libraries: they do the same
// cases, in the same rounds, and time them themselves.
package actors

import (
	"context"
	"fmt"
	"os"
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

	ourName = "trivet actors"
)

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
	all, leftOut, err := buildAll(ctx, dir, o.Progress)
	if err != nil {
		return err
	}
	times := contest.Board{
		Name:    name,
		What:    what,
		Cases:   func() []contest.Case { return cases(ctx, all, o.Full) },
		LeftOut: leftOut,
	}
	if err := times.Scoreboard().Make(ctx, o); err != nil {
		return err
	}
	if err := makeBlocked(ctx, all, o); err != nil {
		return err
	}
	return makeIdle(ctx, all, o)
}

// task is a case, the command that does it, and the one that says what is beside it.
type task struct {
	contest.Case
	key, beside string
}

func cases(ctx context.Context, all []program, full bool) (made []contest.Case) {
	cycled := cycledUsually
	if full {
		cycled = cycledFully
	}
	beside := func(what string) string {
		return fmt.Sprintf("does the same, while %d goroutines wait %s", peer.Beside, what)
	}
	for _, t := range []task{
		{key: "tell", Case: contest.Case{
			Name: "tell 1→1", Op: "a message", Unit: 100,
			Promise: "messages of one goroutine to one actor, until it has handled them all; ours has a mailbox of 1000",
			Targets: []contest.Target{{Who: ourName, NS: 50}, {Who: ourName, Ratio: 0.5}},
		}},
		{key: "many", Case: contest.Case{
			Name: fmt.Sprintf("many-to-one %d→1", peer.ManyTell), Op: "a message, of eight goroutines' together", Unit: 800,
			Promise: "messages of eight goroutines to one actor, until it has handled them all",
		}},
		{key: "ring", Case: contest.Case{
			Name: fmt.Sprintf("ring of %d, %d tokens", peer.RingActors, peer.RingTokens), Op: "a hop", Unit: 10 * peer.RingTokens,
			Promise: "each actor hands a token on to the next",
			Targets: []contest.Target{{Who: ourName, Ratio: 1 / 1.6}},
		}},
		{key: "ping", Case: contest.Case{
			Name: "ping-pong", Op: "a round trip of two messages", Unit: 10,
			Promise: "two actors send each other one message in turn",
			Targets: []contest.Target{{Who: ourName, Ratio: 1}},
		}},
		{key: "ping", beside: "shallow", Case: contest.Case{
			Name: "ping-pong beside shallow stacks", Op: "a round trip of two messages", Unit: 10,
			Promise: beside("with little on their stacks: so Go begins each one with a small stack"),
			Targets: []contest.Target{{Who: ourName, Ratio: 1}},
		}},
		{key: "ping", beside: "deep", Case: contest.Case{
			Name: "ping-pong beside deep stacks", Op: "a round trip of two messages", Unit: 10,
			Promise: beside("deep in calls: so Go begins each one with a larger stack"),
			Targets: []contest.Target{{Who: ourName, Ratio: 1}},
		}},
		{key: "ask", Case: contest.Case{
			Name: "ask from outside", Op: "a question and its answer", Unit: 10,
			Promise: "a goroutine asks, and waits for the answer, for a time at most; ours until the deadline of a context that is made once",
			Targets: []contest.Target{{Who: ourName, NS: 800}, {Who: ourName, Ratio: 1 / 1.5}},
		}},
		{key: "spawn", Case: contest.Case{
			Name: "spawn", Op: "an actor", Unit: 100,
			Promise: "actors are made, and can be written to",
			Targets: []contest.Target{{Who: ourName, NS: 400}},
		}},
		{key: "life", Case: contest.Case{
			Name: "spawn and stop", Op: "an actor, made and stopped", Unit: 100,
			Promise: "actors that have handled no message yet are stopped again",
		}},
		{key: "cycle", Case: contest.Case{
			Name: fmt.Sprintf("start, one message, stop: %d actors at once", cycled), Op: "an actor", Unit: cycled,
			Promise: "all actors begin, then each is sent a message, then all are stopped; every message is counted where it is handled",
		}},
	} {
		made = append(made, t.of(ctx, all))
	}
	return made
}

// of is the case with all that can do it. Their processes begin and end with it.
func (t task) of(ctx context.Context, all []program) contest.Case {
	crew := newCrew(ctx, t.beside)
	t.Beside = func() (end func()) { return crew.end }
	for _, p := range all {
		switch {
		case !p.can(t.key) || !p.can(t.beside):
			continue
		case t.key == "cycle" && p.atMost(t.Unit) < t.Unit:
			t.Promise += "; not asked, since so many actors take it minutes: " + p.Who
			continue
		}
		s := contest.Subject{Who: p.Who, Role: contest.Role(p.Role), Note: p.Note, Elsewhere: func(n int) (time.Duration, float64, error) {
			a, err := crew.do(p, fmt.Sprintf("%s %d", t.key, n))
			return time.Duration(a.NS), a.Allocs, err
		}}
		if lacks := p.Only[t.key]; lacks != "" {
			s.Role, s.Note = contest.Reference, lacks
		}
		t.Subjects = append(t.Subjects, s)
	}
	return t.Case
}
