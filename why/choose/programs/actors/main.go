// Command digests tells a checksum of every directory: that of its files, one
// after the other, as in cat *.go | sha256sum. Each directory has a state that
// only its owner touches, and that each file changes in turn.
package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"hash"
	"log"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"

	"github.com/trivet-go/trivet/flow/actors"
	"github.com/trivet-go/trivet/why/choose/programs/input"
)

var first = flag.Int("first", 10, "directories to print")

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
	sums, err := digests(ctx, files)
	if err != nil {
		return err
	}
	dirs := slices.Sorted(maps.Keys(sums))
	shown := dirs[:max(0, min(*first, len(dirs)))]
	for _, dir := range shown {
		fmt.Printf("%x  %s\n", sums[dir], dir)
	}
	if more := len(dirs) - len(shown); more > 0 {
		fmt.Printf("and %d more directories: see -first\n", more)
	}
	return nil
}

// A Directory is what can be said to one.
type Directory interface {
	Add(c *actors.Context, file string) error
	Sum(*actors.Context, actors.None) ([]byte, error)
}

var (
	directories = actors.NewKind("directory", func() Directory { return &directory{hash: sha256.New()} }, actors.Traits{
		Mailbox: 64, // when it is full the sender waits
	})
	add = actors.Action(directories, "add", Directory.Add)
	sum = actors.Method(directories, "sum", Directory.Sum)
)

// directory is the state of one, which nobody else can reach.
type directory struct {
	hash   hash.Hash
	failed error // the first
}

func (d *directory) Add(_ *actors.Context, file string) error {
	text, err := os.ReadFile(file)
	d.hash.Write(text)
	d.failed = cmp.Or(d.failed, err)
	return err
}

func (d *directory) Sum(*actors.Context, actors.None) ([]byte, error) {
	return d.hash.Sum(nil), d.failed
}

// digests tells every directory of its files, without waiting for what it does
// with them, and then asks each for its sum.
func digests(ctx context.Context, files []string) (map[string][]byte, error) {
	sys := actors.New(ctx, actors.Rules{Name: "digests"})
	defer sys.Close()
	all := map[string]actors.Ref[Directory]{}
	for _, file := range files {
		dir := filepath.Dir(file)
		if _, ok := all[dir]; !ok {
			ref, err := directories.Spawn(sys, dir)
			if err != nil {
				return nil, err
			}
			all[dir] = ref
		}
		if err := add.Tell(ctx, all[dir], file); err != nil {
			return nil, err
		}
	}
	sums := map[string][]byte{}
	for dir, ref := range all {
		digest, err := sum.Call(ctx, ref, actors.None{})
		if err != nil {
			return nil, err
		}
		sums[dir] = digest
	}
	return sums, sys.Stop(ctx)
}
