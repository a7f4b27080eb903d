package measure

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// Calm is how much of the time of its cores a run's threads may have waited for
// one, for the run to count as undisturbed. Runs that nobody disturbs are at 0.02
// to 0.05: a thread that wakes up waits a little.
const Calm = 0.07

// Sample is one run of a program.
type Sample struct {
	Seconds float64 // what is compared
	// Disturbed is the time that the program's threads were ready and had no core,
	// added up, as a share of the run's time on GOMAXPROCS cores; 0 where the system
	// does not tell.
	Disturbed float64
}

// Run runs the program at path with GOMAXPROCS=procs, or with the environment's
// if procs is 0. It returns what the program printed and how long the process
// took.
func Run(ctx context.Context, procs int, path string, args ...string) ([]byte, Sample, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	if procs > 0 {
		cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", procs))
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, Sample{}, err
	}
	ended, delay := make(chan struct{}), make(chan time.Duration)
	go func() { delay <- watchDelay(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	took := time.Since(start)
	close(ended)
	s := Sample{Seconds: took.Seconds(), Disturbed: (<-delay).Seconds() / took.Seconds() / float64(max(1, procs))}
	if err != nil {
		return nil, s, fmt.Errorf("%s: %w: %s", path, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.Bytes(), s, nil
}
