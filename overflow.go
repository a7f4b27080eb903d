package trivet

import "fmt"

// Overflow says what a full buffer does with one more item. The zero value,
// [Block], loses nothing. Whatever the policy, the buffer counts what it did.
type Overflow uint8

const (
	Block      Overflow = iota // the sender waits for room, or for its context: backpressure
	DropNewest                 // the arriving item is dropped; the sender goes on
	DropOldest                 // the item that waited longest is dropped to make room
	Refuse                     // the sender gets an error at once and decides
	Divert                     // the arriving item goes to a function of the user: a spill or dead-letter store
)

var overflowNames = [...]string{"block", "drop-newest", "drop-oldest", "refuse", "divert"}

// String returns the policy as [Overflow.UnmarshalText] reads it, "drop-oldest"
// for DropOldest.
func (o Overflow) String() string {
	if int(o) < len(overflowNames) {
		return overflowNames[o]
	}
	return fmt.Sprintf("overflow(%d)", uint8(o))
}

// MarshalText returns the same text as String, and an error for a value that
// is no policy.
func (o Overflow) MarshalText() ([]byte, error) {
	if int(o) >= len(overflowNames) {
		return nil, fmt.Errorf("no overflow policy has the number %d", uint8(o))
	}
	return []byte(overflowNames[o]), nil
}

// UnmarshalText reads what MarshalText wrote, so that a policy can stand in a
// flag or a configuration file.
func (o *Overflow) UnmarshalText(text []byte) error {
	for i, name := range overflowNames {
		if string(text) == name {
			*o = Overflow(i)
			return nil
		}
	}
	return fmt.Errorf("unknown overflow policy %q: use one of %q", text, overflowNames)
}
