package overlay

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Book is memory that a haunted program shares with whoever started it: what
// its goroutines did, readable while it runs and after any kind of end. It is a
// file that the program maps, so reading it needs nothing special. The program
// never waits for its reader; what there is no room for is only counted.
type Book struct {
	f    *os.File
	room int
}

// The layout, as in demon.go.txt.
const (
	stackSlots = 1 << 14
	keysAt     = 4096
	placesAt   = keysAt + 8*stackSlots
	textAt     = placesAt + 8*stackSlots
	textSize   = 16 << 20
	eventsAt   = textAt + textSize
	eventSize  = 32
	roundsRoom = 1 << 16 // events of loops, behind the others

	ownerAt, eventCountAt, roomAt, textUsedAt = 0, 8, 16, 24
	askedAt, givenAt, phaseAt                 = 32, 40, 48
	heldAt, shakesAt, lookingAt, provesAt     = 56, 64, 72, 80
	beganAt, endedAt, roundsAt                = 88, 96, 104
)

// NewBook makes an empty book in dir, for one process and so many events. The
// file is sparse.
func NewBook(dir string, room int) (*Book, error) {
	f, err := os.CreateTemp(dir, "book-*")
	if err != nil {
		return nil, fmt.Errorf("make a book: %w", err)
	}
	b := &Book{f: f, room: room}
	err = f.Truncate(int64(eventsAt + eventSize*(room+roundsRoom)))
	if err == nil {
		err = b.put(roomAt, uint64(room))
	}
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("make a book: %w", err)
	}
	return b, nil
}

// Name is what [Haunting].Book wants.
func (b *Book) Name() string { return b.f.Name() }

// Close removes the book and the looks around that are beside it.
func (b *Book) Close() {
	b.f.Close()
	os.Remove(b.f.Name())
	looks, _ := filepath.Glob(b.f.Name() + ".*")
	for _, name := range looks {
		os.Remove(name)
	}
}

func (b *Book) put(at int64, n uint64) error {
	_, err := b.f.WriteAt(binary.NativeEndian.AppendUint64(nil, n), at)
	return err
}

// State is how far a haunted program has come.
type State struct {
	Started  bool          // it has the hooks, and has opened the book
	Ending   bool          // main has returned, or somebody called os.Exit
	Clean    bool          // at its end it had no goroutine left
	Events   int           // how many happened, kept or not
	Asked    int           // looks around that were asked for
	Given    int           // the number of the last one there is
	Ran      time.Duration // from its first package initialiser until it is Ending
	Held     time.Duration // in which some goroutine was held up by a sleep that was put in
	Shakes   int           // sleeps that were put in
	Looking  time.Duration // what the last look around took
	CanProve bool          // this Go can prove that a goroutine waits for ever
}

// State reads the counters.
func (b *Book) State() (State, error) {
	var page [128]byte
	if _, err := b.f.ReadAt(page[:], 0); err != nil {
		return State{}, fmt.Errorf("read the book: %w", err)
	}
	at := func(i int) uint64 { return binary.NativeEndian.Uint64(page[i:]) }
	return State{
		Started: at(phaseAt) > 0, Ending: at(phaseAt) > 1, Clean: at(phaseAt) == 3,
		Events: int(at(eventCountAt)), Asked: int(at(askedAt)), Given: int(at(givenAt)),
		Ran:  time.Duration(max(at(endedAt), at(beganAt)) - at(beganAt)),
		Held: time.Duration(at(heldAt)), Shakes: int(at(shakesAt)), Looking: time.Duration(at(lookingAt)),
		CanProve: at(provesAt) == 1,
	}, nil
}

// Ask wants the program to look around: soon there will be a [Look] with this
// number or a higher one.
func (b *Book) Ask() (number int, err error) {
	s, err := b.State()
	if err != nil {
		return 0, err
	}
	number = max(s.Asked, s.Given) + 1
	return number, b.put(askedAt, uint64(number))
}

// Look is the text of a look around: the number of timers that are set, and
// all stacks as runtime.Stack writes them, where a goroutine that nobody can
// wake any more is marked as leaked.
func (b *Book) Look(number int) (timers int, stacks string, err error) {
	text, err := os.ReadFile(fmt.Sprintf("%s.%d", b.f.Name(), number))
	if err != nil {
		return 0, "", fmt.Errorf("read a look around: %w", err)
	}
	head, stacks, _ := strings.Cut(string(text), "\n\n")
	timers, err = strconv.Atoi(strings.TrimPrefix(head, "trivet timers "))
	return timers, stacks, err
}

// A BookEvent is something that a goroutine did.
type BookEvent struct {
	Goroutine uint64
	Kind      string
	Address   uint64 // of the object; for [Spawn] the child's number
	Argument  uint16
	Time      int64  // nanoseconds of the program's monotonic clock
	Cycle     uint16 // of the collector: within one, an address is one object
	Stack     int    // for [Book.Stack]; 0: none
}

// Events are what was kept, in the order in which it happened. An error ends
// them. The events of loops ([Rounds]) have a room of their own, and may go on
// when there is none for others any more.
func (b *Book) Events() iter.Seq2[BookEvent, error] {
	return func(yield func(BookEvent, error) bool) {
		loops, err := b.rounds()
		if err != nil {
			yield(BookEvent{}, err)
			return
		}
		s, err := b.State()
		if err != nil {
			yield(BookEvent{}, err)
			return
		}
		for e, err := range b.read(0, min(s.Events, b.room)) {
			for err == nil && len(loops) > 0 && loops[0].Time < e.Time {
				if !yield(loops[0], nil) {
					return
				}
				loops = loops[1:]
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
		for _, e := range loops {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// rounds are the events of loops.
func (b *Book) rounds() ([]BookEvent, error) {
	var raw [8]byte
	if _, err := b.f.ReadAt(raw[:], roundsAt); err != nil {
		return nil, fmt.Errorf("read the book: %w", err)
	}
	var all []BookEvent
	for e, err := range b.read(b.room, int(min(binary.NativeEndian.Uint64(raw[:]), roundsRoom))) {
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(x, y BookEvent) int { return cmp.Compare(x.Time, y.Time) })
	return all, nil
}

// read gives n events from a number on.
func (b *Book) read(from, n int) iter.Seq2[BookEvent, error] {
	return func(yield func(BookEvent, error) bool) {
		in := bufio.NewReaderSize(io.NewSectionReader(b.f, int64(eventsAt+eventSize*from), int64(eventSize*n)), 1<<16)
		var raw [eventSize]byte
		for {
			if _, err := io.ReadFull(in, raw[:]); err == io.EOF {
				return
			} else if err != nil {
				yield(BookEvent{}, fmt.Errorf("read the book: %w", err))
				return
			}
			if e, ok := bookEvent(raw[:]); ok && !yield(e, nil) {
				return
			}
		}
	}
}

// Lost is how many events there was no room for.
func (b *Book) Lost() int {
	s, err := b.State()
	if err != nil {
		return 0
	}
	return max(0, s.Events-b.room)
}

// bookEvent reads one event; one that was being written when the program ended
// is not there.
func bookEvent(raw []byte) (BookEvent, bool) {
	head := binary.NativeEndian.Uint64(raw[24:])
	kind := int(head >> 8 & 0xff)
	if head&1 == 0 || kind >= len(kinds) {
		return BookEvent{}, false
	}
	word := binary.NativeEndian.Uint64(raw[8:])
	e := BookEvent{
		Goroutine: binary.NativeEndian.Uint64(raw), Kind: kinds[kind].text,
		Time: int64(binary.NativeEndian.Uint64(raw[16:])), Stack: int(head >> 32), Cycle: uint16(head >> 16),
	}
	e.Address, e.Argument = Split(word)
	return e, true
}

// Stack is the text of a stack, a line a frame: function, tab, file:line. For
// [TestBegin] and [Progress] it is a name.
func (b *Book) Stack(number int) string {
	if number <= 0 || number > stackSlots {
		return ""
	}
	var place [8]byte
	if _, err := b.f.ReadAt(place[:], int64(placesAt+8*(number-1))); err != nil {
		return ""
	}
	where := binary.NativeEndian.Uint64(place[:])
	text := make([]byte, where&(1<<24-1))
	if _, err := b.f.ReadAt(text, int64(textAt+where>>24)); err != nil {
		return ""
	}
	return string(text)
}
