package bolt_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/trivet-go/trivet/engine/bolt"
	mw "github.com/trivet-go/trivet/task/masterworker"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if os.Getenv("BOLT_CHILD") != "" {
		if err := child(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child is a process with a master, workers and clients. It tells on standard
// output, before anything else can happen, what clients are told; and the steps
// tell in a file of their own that they have run.
//
//	work FILE EFFECTS SURVIVAL ROUND FROM     until it is killed; its first job is FROM
//	end FILE EFFECTS SURVIVAL ROUND FROM      until all is done; tells the results of the jobs below FROM
func child(args []string) error {
	path, effectsPath := args[1], args[2]
	var n [3]int
	for i := range n {
		var err error
		if n[i], err = strconv.Atoi(args[3+i]); err != nil {
			return err
		}
	}
	survives, round, from := bolt.Survival(n[0]), n[1], n[2]
	file, err := bolt.Open(path, bolt.Rules{Survives: survives})
	if err != nil {
		return err
	}
	defer file.Close()
	journal, err := file.Journal("kills")
	if err != nil {
		return err
	}
	effects, err := os.OpenFile(effectsPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	ctx := context.Background()
	m, err := mw.Open(ctx, mw.Rules[int, string]{Journal: journal, Tries: 1000, Keep: 1 << 20})
	if err != nil {
		return err
	}
	fmt.Println("open")
	ended := make(chan error, 1)
	go func() {
		ended <- mw.Work(ctx, m, func(ctx context.Context, key int) (string, error) {
			try, _ := mw.TryOf(ctx)
			_, err := fmt.Fprintf(effects, "%d %d\n", key, round)
			return fmt.Sprintf("%d-in-%d-%d", key, round, try.Token), err
		}, mw.Worker{Name: "worker", Slots: 4})
	}()
	if args[0] == "work" {
		return clients(ctx, m, from)
	}
	if _, err := m.Drain(ctx); err != nil {
		return err
	}
	for key := range from {
		t, found := m.Find(strconv.Itoa(key))
		if !found {
			continue
		}
		result, err := t.Await(ctx)
		if err != nil {
			return err
		}
		fmt.Println("result", key, result)
	}
	return <-ended
}

// clients submit jobs for ever, and await each.
func clients(ctx context.Context, m *mw.Master[int, string], from int) error {
	var next atomic.Int64
	next.Store(int64(from))
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			for errs[i] == nil {
				key := int(next.Add(1)) - 1
				var t mw.Ticket[int, string]
				fmt.Println("asked", key)
				if t, errs[i] = m.SubmitAs(ctx, mw.Terms{Key: strconv.Itoa(key)}, key); errs[i] != nil {
					return
				}
				fmt.Println("accepted", key)
				if key%3 == 0 {
					continue // nobody waits
				}
				var result string
				if result, errs[i] = t.Await(ctx); errs[i] == nil {
					fmt.Println("done", key, result)
				}
			}
		})
	}
	wg.Wait()
	return errs[0]
}

// A history is what children have told.
type history struct {
	asked    int
	accepted map[int]bool
	done     map[int]string // the result that a client was told
	doneIn   map[int]int    // the round in which it was
}

func newHistory() *history {
	return &history{accepted: map[int]bool{}, done: map[int]string{}, doneIn: map[int]int{}}
}

// note notes a line of a child.
func (h *history) note(t *testing.T, round int, line string) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return
	}
	key, err := strconv.Atoi(words[1])
	if err != nil {
		return // cut off by the kill
	}
	switch {
	case words[0] == "asked":
		h.asked = max(h.asked, key+1)
	case words[0] == "accepted":
		h.accepted[key] = true
	case words[0] == "done" && len(words) == 3:
		if before, known := h.done[key]; known && before != words[2] {
			t.Errorf("job %d had the result %s, and in round %d %s", key, before, round, words[2])
		}
		h.done[key] = words[2]
		if _, known := h.doneIn[key]; !known {
			h.doneIn[key] = round
		}
	}
}

// run runs a child, and notes what it tells.
func (h *history) run(t *testing.T, round, told int, kill func(*exec.Cmd), args ...string) (results map[int]string, err error) {
	results = map[int]string{}
	err = runChild(t, told, kill, func(line string) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == "result" {
			key, _ := strconv.Atoi(words[1])
			results[key] = words[2]
		}
		h.note(t, round, line)
	}, args...)
	if err != nil {
		return nil, fmt.Errorf("round %d: %w", round, err)
	}
	return results, nil
}

// runChild starts a child, hands on each line that it tells, and returns when it
// has ended. It calls kill, if there is one, when the child has told so many
// things. The error is that of a child that was not killed.
func runChild(t *testing.T, told int, kill func(*exec.Cmd), note func(line string), args ...string) error {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), "BOLT_CHILD=1")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewReader(out); ; told-- {
		line, err := lines.ReadString('\n')
		if err != nil { // the last line may be half of one
			break
		}
		if told == 0 && kill != nil {
			kill(cmd)
		}
		note(line)
	}
	if err := cmd.Wait(); err != nil && (kill == nil || stderr.Len() > 0) {
		return fmt.Errorf("%w: %s", err, &stderr)
	}
	return nil
}

// lost counts the jobs that were accepted, or told done, and are not so in the
// end.
func (h *history) lost(results map[int]string) (n int) {
	for key := range h.accepted {
		if result, done := h.done[key]; results[key] == "" || done && results[key] != result {
			n++
		}
	}
	return n
}

// check compares what was told with the results in the end, and with the
// effects.
func (h *history) check(t *testing.T, results map[int]string, effects string) {
	if n := h.lost(results); n > 0 {
		t.Errorf("%d jobs were accepted, or had a result, and are lost, or have another one", n)
	}
	text, err := os.ReadFile(effects)
	if err != nil {
		t.Fatal(err)
	}
	runs, again := 0, map[int]int{}
	for line := range strings.Lines(string(text)) {
		var key, round int
		if _, err := fmt.Sscan(line, &key, &round); err != nil {
			t.Fatal(err)
		}
		if in, done := h.doneIn[key]; done && round > in {
			t.Errorf("job %d was done in round %d, and is done again in round %d", key, in, round)
		}
		runs++
		again[key]++
	}
	t.Logf("%d jobs asked, %d accepted, %d told done, %d runs of %d jobs", h.asked, len(h.accepted), len(h.done), runs, len(again))
	if len(h.done) == 0 {
		t.Error("no job was done")
	}
}

// A master that is killed again and again, with its workers, loses no job that
// was accepted, and redoes none that is done.
func TestKill(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	for _, survives := range []bolt.Survival{bolt.PowerLoss, bolt.ProcessCrash} {
		dir := t.TempDir()
		file, effects := filepath.Join(dir, "jobs.db"), filepath.Join(dir, "effects")
		h := newHistory()
		args := func(what string, round int) []string {
			return []string{what, file, effects, strconv.Itoa(int(survives)), strconv.Itoa(round), strconv.Itoa(h.asked)}
		}
		for round := range rounds {
			_, err := h.run(t, round, rand.N(200), func(cmd *exec.Cmd) { _ = cmd.Process.Kill() }, args("work", round)...)
			if err != nil {
				t.Fatal(err)
			}
		}
		results, err := h.run(t, rounds, 0, nil, args("end", rounds)...)
		if err != nil {
			t.Fatal(err)
		}
		h.check(t, results, effects)
	}
}
