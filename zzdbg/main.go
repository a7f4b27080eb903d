package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/trivet-go/trivet/internal/overlay"
)

func main() {
	var h overlay.Haunting
	flag.IntVar(&h.Seed, "seed", 0, "")
	flag.IntVar(&h.Sleeps, "ps", 60, "")
	flag.IntVar(&h.Yields, "py", 300, "")
	flag.DurationVar(&h.Longest, "us", 500*time.Microsecond, "")
	flag.DurationVar(&h.Budget, "budget", 200*time.Millisecond, "")
	room := flag.Int("room", 2<<20, "")
	n := flag.Int("n", 5, "")
	flag.Parse()
	for range *n {
		b, err := overlay.NewBook("", *room)
		if err != nil {
			panic(err)
		}
		h.Book = b.Name()
		cmd := exec.Command(flag.Arg(0), flag.Args()[1:]...)
		cmd.Env = append(os.Environ(), overlay.EnvName+"="+overlay.HauntingEnv(h))
		t := time.Now()
		out, err := cmd.CombinedOutput()
		d := time.Since(t)
		s, _ := b.State()
		fmt.Println(d.Round(time.Millisecond), err, "user", cmd.ProcessState.UserTime(), "sys", cmd.ProcessState.SystemTime(), "events", s.Events, "slept", s.Slept, "shakes", s.Shakes, "given", s.Given, "looking", s.Looking)
		if err != nil {
			os.Stdout.Write(out[max(0, len(out)-500):])
		}
		b.Close()
	}
}
