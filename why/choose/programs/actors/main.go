// Digests tells a checksum of every directory: that of its files, one after the
// other, as in cat *.go | sha256sum. Each directory has a state that only its
// owner touches, and that each file changes in turn.
package main

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"hash"
	"iter"
	"log"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"

	"github.com/trivet-go/trivet/state/csp"
	"github.com/trivet-go/trivet/task/scoped"
	"github.com/trivet-go/trivet/why/choose/programs/input"
)

var owners = flag.Int("owners", 8, "loops that own the directories")

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string) error {
	files, err := input.Files(args, "net", ".go", ".txt", ".log")
	if err != nil {
		return err
	}
	sums, err := digests(ctx, files, *owners)
	if err != nil {
		return err
	}
	for _, dir := range slices.Sorted(maps.Keys(sums)) {
		fmt.Printf("%x  %s\n", sums[dir], dir)
	}
	return nil
}

// digests sends every file to the owner of its directory.
//
// flow/actors will give each directory an actor of its own, with a method for
// the message, and a supervisor; here an owner is a loop with several of them.
func digests(ctx context.Context, files []string, owners int) (map[string][]byte, error) {
	mailboxes := make(chan string)
	sums := make([]map[string][]byte, owners) // one for each owner
	readers := make([]csp.Reader[string], owners)
	for i := range readers {
		readers[i] = func(_ context.Context, files iter.Seq[string]) (err error) {
			sums[i], err = own(files)
			return err
		}
	}
	err := scoped.Run(ctx, func(g *scoped.Group) error {
		g.Go(func(ctx context.Context) error {
			defer close(mailboxes)
			return csp.Into(ctx, mailboxes, slices.Values(files))
		})
		return csp.SplitByKey(g.Context(), mailboxes, filepath.Dir, readers...)
	})
	all := map[string][]byte{}
	for _, own := range sums {
		maps.Copy(all, own)
	}
	return all, err
}

// own is the loop of one owner: its states, and one message at a time.
func own(files iter.Seq[string]) (map[string][]byte, error) {
	states := map[string]hash.Hash{}
	for file := range files {
		dir := filepath.Dir(file)
		if states[dir] == nil {
			states[dir] = sha256.New()
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		states[dir].Write(text)
	}
	sums := map[string][]byte{}
	for dir, state := range states {
		sums[dir] = state.Sum(nil)
	}
	return sums, nil
}
