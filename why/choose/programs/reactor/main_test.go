package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/trivet-go/trivet/task/limit"
	"github.com/trivet-go/trivet/task/scoped"
)

func words(n int) *server {
	s := &server{limit: limit.New(2), patience: time.Minute}
	s.words.Store(map[string]int{"cat": 1, "dog": n})
	return s
}

func local(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// TestServe: answers come in the order of the questions, new words are seen at
// once, and the end of the context ends all connections.
func TestServe(t *testing.T) {
	s, listener := words(2), local(t)
	ctx, stop := context.WithCancel(t.Context())
	err := scoped.Run(t.Context(), func(g *scoped.Group) error {
		defer stop()
		g.Go(func(context.Context) error { return s.serve(ctx, listener) })
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			return err
		}
		defer conn.Close()
		answers := bufio.NewScanner(conn)
		fmt.Fprint(conn, "dog\ncat\nnone\n")
		for _, want := range []string{"2", "1", "0"} {
			if !answers.Scan() || answers.Text() != want {
				t.Errorf("got %q, %v, want %s", answers.Text(), answers.Err(), want)
			}
		}
		s.words.Store(map[string]int{"dog": 3})
		fmt.Fprintln(conn, "dog")
		if !answers.Scan() || answers.Text() != "3" {
			t.Errorf("got %q, %v, want 3", answers.Text(), answers.Err())
		}
		stop()
		if answers.Scan() {
			t.Errorf("an answer after the end: %q", answers.Text())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestMeasure(t *testing.T) {
	took, err := words(1).measure(t.Context(), local(t), 5, 4)
	if err != nil || len(took) != 20 {
		t.Errorf("%d answers, %v, want 20", len(took), err)
	}
}

func TestCount(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(file, []byte("dog, cat; dog"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := count([]string{file, file}); err != nil || fmt.Sprint(got) != "map[cat:2 dog:4]" {
		t.Errorf("got %v, %v", got, err)
	}
}
