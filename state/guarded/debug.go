package guarded

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
)

// Debug makes every use of a Value or a ReadMostly remember who has it, so that
// a goroutine that wants what it has already gets a panic with a
// [*ReentryError] instead of waiting for itself for ever. It makes each use
// some microseconds slower. It can be set at any time, and is on from the start
// if the environment variable TRIVET_DEBUG contains the word reentry.
var Debug debugFlag

type debugFlag struct{ atomic.Bool }

func init() {
	Debug.Store(slices.Contains(strings.Split(os.Getenv("TRIVET_DEBUG"), ","), "reentry"))
}

// A ReentryError says that a goroutine wants a value that it has already.
type ReentryError struct {
	First  []byte // the stack of the use that goes on
	Second []byte // that of the use inside of it
}

func (e *ReentryError) Error() string {
	return fmt.Sprintf("guarded: a goroutine uses a value inside of a use of the same value, and would wait for itself for ever\n\nfirst:\n%s\nsecond:\n%s", e.First, e.Second)
}

// users are those who have a value, each by the stack of its use. Uses that
// began while Debug was off are not among them.
type users struct {
	list atomic.Pointer[[]user] // replaced, never changed; nil if empty
}

type user struct {
	goroutine string
	stack     []byte
}

func (u *users) known() bool { return u.list.Load() != nil }

// check panics if the calling goroutine is among them.
func (u *users) check() {
	list := u.list.Load()
	if list == nil {
		return
	}
	me := goroutine()
	for _, other := range *list {
		if other.goroutine == me {
			panic(&ReentryError{First: other.stack, Second: debug.Stack()})
		}
	}
}

// add puts the calling goroutine among them.
func (u *users) add() {
	me := user{goroutine(), debug.Stack()}
	u.replace(func(list []user) []user { return append(list, me) })
}

// remove takes the calling goroutine out, if it is among them.
func (u *users) remove() {
	me := goroutine()
	u.replace(func(list []user) []user {
		return slices.DeleteFunc(list, func(other user) bool { return other.goroutine == me })
	})
}

// replace gives f a list of its own.
func (u *users) replace(f func([]user) []user) {
	for {
		old := u.list.Load()
		var list []user
		if old != nil {
			list = slices.Clone(*old)
		}
		list = f(list)
		next := &list
		if len(list) == 0 {
			next = nil
		}
		if u.list.CompareAndSwap(old, next) {
			return
		}
	}
}

// goroutine returns the number of the calling goroutine. The runtime has no
// other public name for it than the first line of a stack, "goroutine 7
// [running]:". Numbers are not used again.
func goroutine() string {
	var line [64]byte
	fields := bytes.Fields(line[:runtime.Stack(line[:], false)])
	return string(fields[1])
}
