// Package actors is the scoreboard of actors: what a message, an answer and an actor
// cost.
package actors

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/trivet-go/trivet/bench/internal/board"
	"github.com/trivet-go/trivet/bench/internal/contest"
)

// Board is the scoreboard: a contest of times, then how long the slowest answers
// take, and how much an idle actor holds.
var Board = board.Board{Name: name, What: times.What, Contest: true, Make: makeBoard}

const name = "actors"

var times = contest.Board{
	Name:  name,
	What:  "what a message, an answer and an actor cost",
	Cases: cases,
	LeftOut: []string{
		"hollywood: its protobuf names are those of protoactor-go, and one process cannot have both",
		"goakt, ergo, go-actor: the module proxy of the machine where this was made does not give them",
		"Erlang/OTP: another process; it would be a reference",
	},
}

const (
	ringActors = 1000
	ringTokens = 100
	manyTell   = 8
)

func makeBoard(ctx context.Context, o board.Options) error {
	for _, part := range []func(context.Context, board.Options) error{times.Scoreboard().Make, makeBlocked, makeIdle} {
		if err := part(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// library is one way to have actors. Each function does n operations and panics if
// they had not the effect they should have.
type library struct {
	who, note string
	role      contest.Role
	tell      func(senders, n int)
	ring      func(n int)
	ping      func(n int)
	ask       func(n int)
	spawn     func(n int)
	block     func(n int) (end func())    // n actors that block
	asks      func(n int) []time.Duration // how long each of n idle actors, one after the other, takes to answer
	idle      func(n int) (end func())    // n actors, each of which has answered once
}

var libraries = []library{ours, protoactor, channels}

func subjects(run func(l library) func(n int), references ...string) (all []contest.Subject) {
	for _, l := range libraries {
		s := contest.Subject{Who: l.who, Role: l.role, Note: l.note, Run: run(l)}
		if s.Run == nil {
			continue
		}
		if slices.Contains(references, s.Who) {
			s.Role = contest.Reference
		}
		all = append(all, s)
	}
	return all
}

func cases() []contest.Case {
	return []contest.Case{
		{
			Name: "tell 1→1", Op: "a message", Unit: 100,
			Promise:  "messages of one goroutine to one actor, until it has handled them all; ours has a mailbox of 1000, rivals' are unbounded",
			Subjects: subjects(func(l library) func(int) { return func(n int) { l.tell(1, n) } }),
			Targets:  []contest.Target{{Who: ours.who, NS: 50}, {Who: ours.who, Ratio: 0.5}},
		},
		{
			Name: "many-to-one 8→1", Op: "a message, of eight goroutines' together", Unit: 800,
			Promise:  "messages of eight goroutines to one actor, until it has handled them all",
			Subjects: subjects(func(l library) func(int) { return func(n int) { l.tell(manyTell, n) } }),
		},
		{
			Name: fmt.Sprintf("ring of %d, %d tokens", ringActors, ringTokens), Op: "a hop", Unit: 10 * ringTokens,
			Promise:  "each actor hands a token on to the next",
			Subjects: subjects(func(l library) func(int) { return l.ring }),
			Targets:  []contest.Target{{Who: ours.who, Ratio: 1 / 1.6}},
		},
		{
			Name: "ping-pong", Op: "a round trip of two messages", Unit: 10,
			Promise:  "two actors send each other one message in turn",
			Subjects: subjects(func(l library) func(int) { return l.ping }),
			Targets:  []contest.Target{{Who: ours.who, Ratio: 1}},
		},
		{
			Name: "ping-pong beside deep stacks", Op: "a round trip of two messages", Unit: 10,
			Promise:  fmt.Sprintf("does the same, while %d goroutines wait deep in calls: so Go begins each one with a larger stack", deepStacks),
			Beside:   deepGoroutines,
			Subjects: subjects(func(l library) func(int) { return l.ping }),
			Targets:  []contest.Target{{Who: ours.who, Ratio: 1}},
		},
		{
			Name: "ask from outside", Op: "a question and its answer", Unit: 10,
			Promise:  "a goroutine asks, and waits for the answer, for a time at most",
			Subjects: subjects(func(l library) func(int) { return l.ask }, channels.who),
			Targets:  []contest.Target{{Who: ours.who, NS: 800}, {Who: ours.who, Ratio: 1 / 1.5}},
		},
		{
			Name: "spawn", Op: "an actor, made and stopped", Unit: 100,
			Promise:  "actors that have handled no message yet are stopped again",
			Subjects: subjects(func(l library) func(int) { return l.spawn }),
			Targets:  []contest.Target{{Who: ours.who, NS: 400}},
		},
	}
}

// ringOf is a ring that is there for all samples.
type ringOf[A any] struct {
	nodes *[ringActors]A
	done  chan bool
}

func newRing[A any]() ringOf[A] { return ringOf[A]{new([ringActors]A), make(chan bool, ringTokens)} }

// wait waits until all tokens have come to their end.
func (r ringOf[A]) wait() {
	for range ringTokens {
		<-r.done
	}
}

// must panics if got is not want.
func must[T comparable](got, want T) {
	if got != want {
		panic(fmt.Sprintf("got %v, want %v", got, want))
	}
}

// each runs f on so many goroutines, each with its share of n.
func each(goroutines, n int, f func(count int)) {
	done := make(chan bool)
	for range goroutines {
		go func() {
			f(n / goroutines)
			done <- true
		}()
	}
	for range goroutines {
		<-done
	}
}
