package hunt

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/why/demon"
)

// Known are findings that are not to be told as new: a baseline of what was
// there when somebody began to look, and what is meant to be so. Each has a
// reason. In its file a line is
//
//	rule function[,function…] # reason
//
// with the innermost functions of the sides, so that it stays true when lines
// move. An empty line, and one that begins with #, is a comment.
type Known struct {
	reasons map[string]string // by Identity
}

// Identity names a finding in a file of known ones.
func Identity(f *demon.Finding) string {
	var at []string
	for _, s := range f.Sides {
		name := s.Does
		if len(s.Stack) > 0 {
			name = s.Stack[0].Func
		}
		at = append(at, strings.ReplaceAll(name, " ", "_"))
	}
	slices.Sort(at)
	return f.Rule + " " + cmp.Or(strings.Join(slices.Compact(at), ","), "-")
}

// ReadKnown reads a file of known findings.
func ReadKnown(r io.Reader) (*Known, error) {
	k := &Known{reasons: map[string]string{}}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		what, reason, _ := strings.Cut(line, "#")
		fields := strings.Fields(what)
		if reason = strings.TrimSpace(reason); reason == "" {
			return nil, &HintError{fmt.Errorf("line %d has no reason", n), "write it behind a #: rule function # reason"}
		}
		if len(fields) != 2 {
			return nil, &HintError{fmt.Errorf("line %d is not of the form: rule function # reason", n), "copy it from what -known-add writes"}
		}
		k.reasons[fields[0]+" "+fields[1]] = reason
	}
	return k, lines.Err()
}

// WriteKnown writes findings that are seen or predicted as known ones.
func WriteKnown(w io.Writer, found []*demon.Finding, reason string) error {
	written := map[string]bool{}
	for _, f := range found {
		id := Identity(f)
		if f.Grade == demon.Note || f.Known != "" || written[id] {
			continue
		}
		written[id] = true
		if _, err := fmt.Fprintf(w, "%s # %s\n", id, reason); err != nil {
			return err
		}
	}
	return nil
}

// Mark gives each known finding its reason, after which it does not count. What
// is known and did not come up is no error: it depends on chance.
func (k *Known) Mark(r *Report) {
	for _, f := range r.Findings {
		if reason := k.reasons[Identity(f)]; reason != "" {
			f.Known = reason
		}
	}
}
