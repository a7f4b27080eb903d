package bolt_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/trivet-go/trivet/engine/bolt"
	"github.com/trivet-go/trivet/flow/actors"
)

// Counter is a grain that counts.
type Counter interface {
	Count(*actors.Context, actors.None) (int, error)
}

type counter struct{ n int }

var (
	counters = actors.NewKind("counter", func() Counter { return new(counter) }, actors.Traits{})
	count    = actors.Method(counters, "count", Counter.Count)
)

func (c *counter) Count(*actors.Context, actors.None) (int, error) {
	c.n++
	return c.n, nil
}

func (c *counter) Snapshot() ([]byte, error) { return binary.AppendVarint(nil, int64(c.n)), nil }

func (c *counter) Restore(data []byte) error {
	n, _ := binary.Varint(data)
	c.n = int(n)
	return nil
}

const countedGrains = 8

// grainsChild is a process in which each grain is asked to count, again and again,
// and that tells each answer before it asks for the next.
//
//	grains FILE SURVIVAL
func grainsChild(args []string) error {
	survives, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	file, err := bolt.Open(args[1], bolt.Rules{Survives: bolt.Survival(survives)})
	if err != nil {
		return err
	}
	store, err := file.Grains("counters")
	if err != nil {
		return err
	}
	ctx := context.Background()
	sys := actors.New(ctx, actors.Rules{Store: store})
	errs := make([]error, countedGrains)
	var wg sync.WaitGroup
	for i := range errs {
		ref := counters.Ref(sys, strconv.Itoa(i))
		wg.Go(func() {
			for n := 0; errs[i] == nil; fmt.Println("counted", i, n) {
				if n, errs[i] = count.Call(ctx, ref, actors.None{}); errs[i] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return errs[0]
}

// Grains whose process is killed again and again lose nothing that was answered,
// and count nothing twice: an answer follows the last one, but that each kill
// since then may have kept one from being told.
func TestGrainsAreKilled(t *testing.T) {
	rounds := 10
	if testing.Short() {
		rounds = 3
	}
	for _, survives := range []bolt.Survival{bolt.PowerLoss, bolt.ProcessCrash} {
		path := filepath.Join(t.TempDir(), "grains.db")
		var last, lastRound [countedGrains]int
		for round := range rounds {
			note := func(line string) {
				var grain, n int
				if _, err := fmt.Sscanf(line, "counted %d %d", &grain, &n); err != nil {
					t.Fatalf("%q: %v", line, err)
				}
				if more := n - last[grain] - 1; more < 0 || more > round-lastRound[grain] {
					t.Errorf("survival %d, round %d: grain %d answered %d in round %d, and now %d", survives, round, grain, last[grain], lastRound[grain], n)
				}
				last[grain], lastRound[grain] = n, round
			}
			kill := func(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
			if err := runChild(t, rand.N(200), kill, note, "grains", path, strconv.Itoa(int(survives))); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("survival %d: counted to %d", survives, last)
	}
}
