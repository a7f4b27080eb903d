package choose

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Measured is what the models of shared state cost on one machine: what the
// scoreboard "models" said, without what can be computed from it. The command in
// Again makes it anew.
type Measured struct {
	Machine string   `json:"machine"`
	Date    string   `json:"date"`
	Figures []Figure `json:"figures"`
}

// Figure is what one model costs under one load.
type Figure struct {
	Load
	Who    string  `json:"who"`
	Hand   bool    `json:"hand,omitempty"`   // written by hand: nothing of Trivet
	Bare   bool    `json:"bare,omitempty"`   // nothing protects the table: what is left of a cost
	NS     float64 `json:"ns,omitempty"`     // a use, of all tasks together
	Spread float64 `json:"spread,omitempty"` // between the quartiles, as a share of NS
	OfOwn  float64 `json:"of_own,omitempty"` // how many times as long own work takes with it

	// 99 of 100 changes take no longer until the task goes on, and until the change is
	// there for all to see, in ns.
	GoesOn float64 `json:"goes_on,omitempty"`
	There  float64 `json:"there,omitempty"`
}

// Again is the command that prints the figures of the machine it runs on.
const Again = "go -C bench run . -only models"

//go:generate go -C ../../bench run ./models/figures

//go:embed models.json
var modelsJSON []byte

// Models are the figures that answers cite. Who makes them anew, on a machine with
// nothing else going on, runs go generate here.
var Models = sync.OnceValue(func() *Measured {
	m, err := ParseMeasured(modelsJSON)
	if err != nil {
		panic(err) // the file is a part of this package, and tested
	}
	return m
})

// ParseMeasured reads what Format has written.
func ParseMeasured(text []byte) (*Measured, error) {
	m := new(Measured)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("choose: figures of the models: %w", err)
	}
	return m, nil
}

// Format writes the figures as JSON, one in a line.
func (m *Measured) Format() ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "{\n\"machine\": %q,\n\"date\": %q,\n\"figures\": [\n", m.Machine, m.Date)
	for i, f := range m.Figures {
		line, err := json.Marshal(f)
		if err != nil {
			return nil, err
		}
		end := ",\n"
		if i == len(m.Figures)-1 {
			end = "\n"
		}
		b.Write(line)
		b.WriteString(end)
	}
	b.WriteString("]}\n")
	return []byte(b.String()), nil
}

// under are the figures of what a use costs under a load, ours first.
func (m *Measured) under(l Load) (found []Figure) {
	for _, f := range m.Figures {
		if f.Load == l && f.NS > 0 {
			found = append(found, f)
		}
	}
	return found
}

// of is what one model costs under a load, or nothing if it was not measured.
func (m *Measured) of(who string, l Load) Figure {
	i := slices.IndexFunc(m.Figures, func(f Figure) bool { return f.Load == l && f.Who == who && f.NS > 0 })
	if i < 0 {
		return Figure{}
	}
	return m.Figures[i]
}

// waits are how long tasks wait for one model under a load.
func (m *Measured) waits(who string, l Load) (f Figure, ok bool) {
	i := slices.IndexFunc(m.Figures, func(f Figure) bool { return f.Load == l && f.Who == who && f.There > 0 })
	if i < 0 {
		return Figure{}, false
	}
	return m.Figures[i], true
}

// span is a time of ns in words, two digits of it.
func span(ns float64) string {
	unit, per := "ns", 1.0
	switch {
	case ns >= 999.5e3:
		unit, per = "ms", 1e6
	case ns >= 999.5:
		unit, per = "µs", 1e3
	}
	return figure(ns/per) + " " + unit
}

// figure is two digits, or what is before the point if that is more.
func figure(v float64) string {
	if v < 9.95 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// The names of models in the figures.
const (
	value    = "guarded.Value"
	mostly   = "guarded.ReadMostly"
	snapshot = "lockfree.Snapshot"
	queue    = "bounded.Queue to an owner"
	tell     = "actor Tell"
	call     = "actor Call"
	do2      = "guarded.Do2"
	tellKey  = tell + ", one a key"
	callKey  = call + ", one a key"
)

// beside is the own work of the loads that tell how long tasks wait.
const beside = 5 * time.Microsecond
