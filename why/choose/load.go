package choose

import (
	"fmt"
	"strings"
	"time"
)

// A Load is a way to use shared state: tasks change rows of a table.
type Load struct {
	Bytes int           `json:"bytes"`           // that a change carries
	By    Carriage      `json:"by,omitempty"`    // how it carries them
	Tasks int           `json:"tasks"`           // goroutines
	Reads int           `json:"reads,omitempty"` // of 100 uses; the others change the table
	Of    Target        `json:"of,omitempty"`    // what has the lock, or the owner
	Own   time.Duration `json:"own,omitempty"`   // ns that a task computes between its uses
	Work  time.Duration `json:"work,omitempty"`  // ns that a change computes
	Wait  time.Duration `json:"wait,omitempty"`  // ns that a change waits
}

// Carriage is how a change carries its payload.
type Carriage string

const (
	Copy    Carriage = ""        // as a value: the task keeps its own
	New     Carriage = "new"     // as a pointer to one that was made for it
	Pointer Carriage = "pointer" // as a pointer to one that was there
)

// Target is what a change changes.
type Target string

const (
	Whole Target = ""    // a row; there is one lock or owner for all
	Keys  Target = "key" // a row that has a lock or an owner of its own
	Two   Target = "two" // two of those at once
)

// String names the load in words: "1 KiB by copy, 8 tasks".
func (l Load) String() string {
	parts := []string{l.Payload(), count(l.Tasks, "task")}
	switch l.Reads {
	case 0:
	case 100:
		parts = append(parts, "all uses read")
	default:
		parts = append(parts, fmt.Sprintf("%d of 100 uses read", l.Reads))
	}
	switch l.Of {
	case Keys:
		parts = append(parts, "by key")
	case Two:
		parts = append(parts, "two rows at once")
	}
	for _, t := range []struct {
		what string
		took time.Duration
	}{{"own work of %s between", l.Own}, {"a change works %s", l.Work}, {"a change waits %s", l.Wait}} {
		if t.took > 0 {
			parts = append(parts, fmt.Sprintf(t.what, duration(t.took)))
		}
	}
	return strings.Join(parts, ", ")
}

// Payload is what a change carries, and how.
func (l Load) Payload() string {
	switch size := sizeOf(l.Bytes); l.By {
	case New:
		return "pointer to new " + size
	case Pointer:
		return "pointer to " + size
	default:
		return size
	}
}

func sizeOf(n int) string {
	if n >= 1<<10 {
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
