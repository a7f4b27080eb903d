// Command lookup answers over TCP how often words occur in some files: a word a
// line, a number a line back. Connections mostly wait, and then cost a
// goroutine and no thread, for the runtime is a reactor; how many questions are
// worked on at once has a limit.
//
// Without -listen it asks itself, from many connections, and tells how long the
// answers took.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"os"
	"os/signal"
	"slices"
	"time"
	"unicode"

	"github.com/trivet-go/trivet/state/lockfree"
	"github.com/trivet-go/trivet/task/limit"
	"github.com/trivet-go/trivet/task/scoped"
	"github.com/trivet-go/trivet/why/choose/programs/input"
)

var (
	listen    = flag.String("listen", "", "`address` to serve at until interrupted, as localhost:7070")
	atOnce    = flag.Int("at-once", 8, "questions that are worked on at the same time")
	patience  = flag.Duration("patience", time.Minute, "how long a connection may say nothing")
	clients   = flag.Int("clients", 64, "connections, without -listen")
	questions = flag.Int("questions", 100, "questions a connection, without -listen")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string) error {
	files, err := input.Files(args, "strings", ".go", ".txt", ".log")
	if err != nil {
		return err
	}
	s := server{limit: limit.New(*atOnce), patience: *patience}
	words, err := count(files)
	if err != nil {
		return err
	}
	s.words.Store(words)
	listener, err := net.Listen("tcp", cmp.Or(*listen, "localhost:0"))
	if err != nil {
		return err
	}
	if *listen != "" {
		log.Printf("%d words at %s", len(words), listener.Addr())
		return s.serve(ctx, listener)
	}
	took, err := s.measure(ctx, listener, *clients, *questions)
	if err != nil {
		return err
	}
	slices.Sort(took)
	fmt.Printf("%d answers over %d connections: half within %v, 99 of 100 within %v\n",
		len(took), *clients, took[len(took)/2], took[len(took)*99/100])
	return nil
}

// server answers questions about words, which may be replaced while it does.
type server struct {
	words    lockfree.Snapshot[map[string]int]
	limit    *limit.Limit
	patience time.Duration
}

// serve answers until ctx is done. Then it closes all connections, waits for
// their handlers, and returns nil.
//
// flow/reactor will serve connections that do nothing without a goroutine each.
func (s *server) serve(ctx context.Context, listener net.Listener) error {
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	connections := scoped.Rules{Name: "connections", Max: 10_000} // more wait to be accepted
	return connections.Run(ctx, func(g *scoped.Group) error {
		for {
			conn, err := listener.Accept()
			switch {
			case ctx.Err() != nil:
				return nil
			case err != nil:
				return err
			}
			g.Go(func(ctx context.Context) error {
				s.handle(ctx, conn)
				return nil
			})
		}
	})
}

// handle answers the questions of one connection, in their order. Whatever goes
// wrong ends this connection and no other one.
func (s *server) handle(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	lines := bufio.NewScanner(conn)
	for conn.SetDeadline(time.Now().Add(s.patience)) == nil && lines.Scan() {
		n, err := s.answer(ctx, lines.Text())
		if err != nil {
			return
		}
		if _, err := fmt.Fprintln(conn, n); err != nil {
			return
		}
	}
}

func (s *server) answer(ctx context.Context, word string) (int, error) {
	if err := s.limit.Acquire(ctx, 1); err != nil {
		return 0, err
	}
	defer s.limit.Release(1)
	return (*s.words.Load())[word], nil
}

// measure serves and asks, and returns how long each answer took.
func (s *server) measure(ctx context.Context, listener net.Listener, clients, questions int) ([]time.Duration, error) {
	took := make([][]time.Duration, clients)
	err := scoped.Run(ctx, func(g *scoped.Group) error {
		serving, stop := context.WithCancel(g.Context())
		defer stop()
		g.Go(func(context.Context) error { return s.serve(serving, listener) })
		words := slices.Sorted(maps.Keys(*s.words.Load()))
		return scoped.Rules{Max: clients}.Run(g.Context(), func(g *scoped.Group) error {
			for i := range clients {
				g.Go(func(ctx context.Context) (err error) {
					took[i], err = ask(ctx, listener.Addr().String(), words, questions)
					return err
				})
			}
			return nil
		})
	})
	return slices.Concat(took...), err
}

// ask asks one question after the other over a connection of its own.
func ask(ctx context.Context, address string, words []string, questions int) (took []time.Duration, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	answers := bufio.NewScanner(conn)
	for i := range questions {
		begun := time.Now()
		if _, err := fmt.Fprintln(conn, words[i%len(words)]); err != nil {
			return nil, err
		}
		if !answers.Scan() {
			return nil, fmt.Errorf("no answer: %w", cmp.Or(answers.Err(), io.ErrUnexpectedEOF))
		}
		took = append(took, time.Since(begun))
	}
	return took, nil
}

func count(files []string) (map[string]int, error) {
	words := map[string]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for word := range bytes.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
			words[string(word)]++
		}
	}
	return words, nil
}
