package measure

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// Calm is how much of a run's time its threads may have waited for a core that
// other programs held, for the run to count as undisturbed.
const Calm = 0.05

// Sample is one run of a program.
type Sample struct {
	Seconds float64 // what is compared
	// Disturbed is the time that the program's threads were ready and had no core,
	// added up, as a share of the run's time; 0 where the system does not tell.
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
	s := Sample{Seconds: took.Seconds(), Disturbed: (<-delay).Seconds() / took.Seconds()}
	if err != nil {
		return nil, s, fmt.Errorf("%s: %w: %s", path, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.Bytes(), s, nil
}
