// Command digests tells a checksum of every directory: that of its files, one
// after the other, as in cat *.go | sha256sum. Each directory has a state that
// only its owner touches, and that each file changes in turn.
package main

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"hash"
	"hash/maphash"
	"log"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"

	"github.com/trivet-go/trivet/state/bounded"
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
	files, err := input.Files(args, "cmd", ".go", ".txt", ".log")
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
// each message, and a supervisor; here an owner is a loop with several of them.
func digests(ctx context.Context, files []string, owners int) (map[string][]byte, error) {
	mailboxes := make([]*bounded.Queue[string], owners)
	sums := make([]map[string][]byte, owners)
	err := scoped.Run(ctx, func(g *scoped.Group) error {
		for i := range mailboxes {
			mailboxes[i] = bounded.New(64, bounded.Rules[string]{Name: "mailbox"}) // when it is full the sender waits
			defer mailboxes[i].Close()
			g.Go(func(ctx context.Context) (err error) {
				sums[i], err = own(ctx, mailboxes[i])
				return err
			})
		}
		seed := maphash.MakeSeed()
		for _, file := range files {
			owner := maphash.String(seed, filepath.Dir(file)) % uint64(owners)
			if err := mailboxes[owner].Put(g.Context(), file); err != nil {
				return err
			}
		}
		return nil
	})
	all := map[string][]byte{}
	for _, own := range sums {
		maps.Copy(all, own)
	}
	return all, err
}

// own is the loop of one owner: its states, and one message at a time.
func own(ctx context.Context, mailbox *bounded.Queue[string]) (map[string][]byte, error) {
	states := map[string]hash.Hash{}
	for file := range mailbox.All(ctx) {
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
	return sums, context.Cause(ctx)
}
