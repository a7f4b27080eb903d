package index

import (
	"fmt"
	"strings"
	"time"

	"github.com/trivet-go/trivet/systems/logs/event"
)

// An Order says which lines come first.
type Order int

const (
	// Newest is the newest line first; of lines of the same time, and of those
	// without one, which come last, the later line of the later source.
	Newest Order = iota

	// Best is the line first that ranks best by BM25, and then as Newest. It takes
	// time in proportion to the lines that match, as all are ranked.
	Best
)

// ParseOrder knows "time", for Newest, and "score", for Best.
func ParseOrder(s string) (Order, error) {
	switch s {
	case "time":
		return Newest, nil
	case "score":
		return Best, nil
	default:
		return 0, fmt.Errorf("%w: rank %q: it must be time, for the newest lines first, or score, for the best", ErrQuery, s)
	}
}

// A Place is where a line stands in the order Newest.
type Place struct {
	Time time.Time // zero: it has none
	ID   event.ID
}

func (p *Place) String() string {
	return p.Time.UTC().Format(time.RFC3339Nano) + "/" + p.ID.String()
}

// ParsePlace is the opposite of String.
func ParsePlace(s string) (*Place, error) {
	at, id, _ := strings.Cut(s, "/")
	p := &Place{}
	var err error
	if p.Time, err = time.Parse(time.RFC3339Nano, at); err == nil {
		p.ID, err = event.ParseID(id)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: after %q: it must be what came as next with the page before", ErrQuery, s)
	}
	return p, nil
}

// place is that among the lines of a shard.
func (p *Place) place() place {
	if p.Time.IsZero() {
		return untimed(p.ID)
	}
	return p.Time.UnixMicro()
}
