// Command work is the set of programs on which `trivet explain` is tried: one
// small program a kind of concurrency, chosen by -kind.
//
// Each kind does a fixed amount of work, whatever the number of cores: a unit
// is so many steps of arithmetic, about a microsecond, and is never calibrated.
// The program prints one JSON object with the seconds that the kind took, the
// units it computed, and a sum that must not depend on the schedule.
//
// With -emulate N the same kind runs on N emulated cores, more than the machine
// may have: see cores.go for what that means and for what it leaves out.
//
//	work -kind mutex                 real arithmetic, GOMAXPROCS as set
//	work -kind mutex -emulate 16     sixteen emulated cores
//	work -list                       the kinds
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"
)

// result is what a run prints.
type result struct {
	Kind    string  `json:"kind"`
	Cores   int     `json:"emulated_cores,omitempty"`
	Seconds float64 `json:"seconds"`
	Units   int64   `json:"units"`
	// Serial is the time that one emulated core needs for the units; 0 when the
	// arithmetic is real.
	Serial float64 `json:"serial_seconds,omitempty"`
	Sum    uint64  `json:"sum"`
}

func main() {
	name := flag.String("kind", "", "kind of workload to run; see -list")
	size := flag.Float64("size", 1, "amount of work, as a multiple of the protocol's")
	emulate := flag.Int("emulate", 0, "emulate this many cores; 0 computes for real")
	unit := flag.Duration("unit", 20*time.Microsecond, "length of a unit on emulated cores")
	list := flag.Bool("list", false, "print the kinds as JSON and exit")
	flag.Parse()

	if *list {
		printJSON(kinds)
		return
	}
	k, err := choose(*name, *emulate)
	if err != nil {
		fmt.Fprintln(os.Stderr, "work:", err)
		os.Exit(2)
	}
	m := newMachine(*emulate, *unit)
	start := time.Now()
	k.run(m, *size)
	printJSON(result{
		Kind: k.Name, Cores: *emulate, Seconds: time.Since(start).Seconds(),
		Units: m.units.Load(), Serial: m.serial().Seconds(), Sum: m.sum.Load(),
	})
}

// choose finds the kind called name and refuses to emulate what it must not.
func choose(name string, emulate int) (kind, error) {
	for _, k := range kinds {
		if k.Name != name {
			continue
		}
		if emulate > 0 && !k.Emulated {
			return kind{}, fmt.Errorf("kind %s cannot be emulated: its cost lies in the hardware", name)
		}
		return k, nil
	}
	return kind{}, fmt.Errorf("no kind %q; work -list prints them", name)
}

func printJSON(v any) {
	e := json.NewEncoder(os.Stdout)
	if err := e.Encode(v); err != nil {
		fmt.Fprintln(os.Stderr, "work:", err)
		os.Exit(2)
	}
}
