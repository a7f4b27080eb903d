// Package brood runs a program and, when it ends, ends everything that it has
// started and left behind, also what has left its process group and its session.
//
// A test that starts children, and is killed or forgets them, leaves them to
// run on for good. Ending the process group of the test does not reach a child
// that has made a session of its own, as each daemon does, and each terminal
// that a test plays. Marks in the environment do not reach a child whose
// environment was made anew. To whom an orphan is given does: to the nearest
// ancestor that has asked for orphans.
//
// Words: the program is what was asked for, its brood are all processes that
// descend from it, and the minder is a process between us and the program that
// has asked for the brood's orphans. The minder is this executable once more, so
// that whoever imports this package has one; it never gets as far as main.
//
//	b, err := brood.Start(cmd)
//	…
//	b.End()                // or let it end by itself
//	exit, err := b.Wait()  // none of the brood is left
//
// When this process dies, by SIGKILL too, the minder notices, and ends the brood.
// It only ever kills its own children, which nobody else can reap, and waits for
// orphans to become its children: so no process that is not of the brood can be
// hit, however fast numbers are used again.
//
// What it cannot end: a process that has taken another user's rights, or that
// hangs in the kernel. [Brood.Wait] names it after a while. If the minder itself
// is killed by SIGKILL, the program ends with it, and orphans stay.
//
// Elsewhere than on Linux there is no minder: only the program itself is ended.
package brood

import (
	"fmt"
	"strings"
	"time"
)

// patience is how long the end of a brood is waited for.
const patience = 5 * time.Second

// LeftError tells of processes that could not be ended.
type LeftError struct{ Pids []int }

func (e *LeftError) Error() string {
	return fmt.Sprintf("brood: processes that were left and cannot be ended: %s", strings.Trim(fmt.Sprint(e.Pids), "[]"))
}
