package actors

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/trivet-go/trivet"
)

// Panics in reports. A *trivet.PanicError shows its stack, which is right where a
// process ends by it; in a line of a log it is 25 lines, the most of them not the user's.

// A shortError is an error whose text has no stack.
type shortError struct {
	text string
	err  error
}

func (e *shortError) Error() string { return e.text }
func (e *shortError) Unwrap() error { return e.err }

// short is the text of err with the place of a panic instead of its stack.
func short(err error) string {
	text := fmt.Sprint(err)
	var p *trivet.PanicError
	if !errors.As(err, &p) || len(p.Stack) == 0 {
		return text
	}
	panicked := *p
	panicked.Stack = nil
	panicked.Value = fmt.Sprintf("%v%s", p.Value, placeOf(p.Stack))
	return strings.Replace(text, p.Error(), panicked.Error(), 1)
}

// placeOf is where a stack begins, but for the runtime: " [in shop.(*till).Pay, till.go:27]".
func placeOf(stack []byte) string {
	lines := strings.Split(string(stack), "\n")
	for i := 1; i+1 < len(lines); i += 2 { // a function, and its file
		name, _, ok := cutLast(lines[i], "(")
		if !ok || strings.HasPrefix(name, "runtime.") {
			continue
		}
		file, _, _ := strings.Cut(strings.TrimSpace(lines[i+1]), " +")
		return fmt.Sprintf(" [in %s, %s]", name[strings.LastIndex(name, "/")+1:], filepath.Base(file))
	}
	return ""
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// ours are the frames from which on a stack below a method is that of the library.
var ours = [][]byte{
	[]byte("\ngithub.com/trivet-go/trivet/flow/actors.Action[...].func"),
	[]byte("\ngithub.com/trivet-go/trivet/flow/actors.(*Op[...]).exec("),
	[]byte("\ngithub.com/trivet-go/trivet/flow/actors.(*Op[...]).Go.func"),
	[]byte("\ngithub.com/trivet-go/trivet/flow/actors.(*turn)."),
}

// withoutOurs cuts what called the method off the stack of a panic.
func withoutOurs(err error) error {
	p, ok := err.(*trivet.PanicError)
	if !ok {
		return err
	}
	end := len(p.Stack)
	for _, frame := range ours {
		if at := bytes.Index(p.Stack, frame); at > bytes.IndexByte(p.Stack, '\n') { // not all of it
			end = min(end, at+1)
		}
	}
	cut := *p
	cut.Stack = p.Stack[:end:end]
	return &cut
}
