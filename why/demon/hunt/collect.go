package hunt

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/trivet-go/trivet/why/demon"
)

// collection holds each finding once.
type collection struct {
	o     Options
	all   []*demon.Finding
	byKey map[string]*demon.Finding
	pkgs  map[*demon.Finding]*Package
	lanes map[*demon.Finding][]Lane // that showed it
	cases map[*demon.Finding]Case   // the one to run again

	leaders map[*demon.Finding]*demon.Finding // of races about the same memory; see leader

	// disturbed is a case with a seed of what an undisturbed run showed first:
	// better to run again when not every run shows it.
	disturbed map[*demon.Finding]Case
}

func newCollection(o Options) *collection {
	return &collection{o: o, all: []*demon.Finding{}, byKey: map[string]*demon.Finding{}, pkgs: map[*demon.Finding]*Package{}, lanes: map[*demon.Finding][]Lane{}, cases: map[*demon.Finding]Case{}, leaders: map[*demon.Finding]*demon.Finding{}, disturbed: map[*demon.Finding]Case{}}
}

// key is what makes two findings the same. The sides of a race may come in
// either order; a hang is told by its test, since who else waits differs from
// run to run.
func key(f *demon.Finding) string {
	if f.Rule == "run-hangs" && f.Test != "" {
		return f.Rule + " " + f.Package + " " + f.Test + " " + string(f.Grade)
	}
	sites := make([]string, len(f.Sides))
	for i, s := range f.Sides {
		sites[i] = s.Site()
	}
	slices.Sort(sites)
	return f.Rule + " " + f.Package + " " + strings.Join(slices.Compact(sites), " ")
}

// add takes in the findings of a run, and returns how many were new.
func (c *collection) add(p *Package, of Case, v verdict) (news int) {
	once := map[string]bool{}
	memory := map[string]*demon.Finding{}
	for _, f := range v.found {
		k := key(f)
		known := c.byKey[k]
		if at := v.memory[f]; at != "" {
			c.together(memory, at, cmp.Or(known, f))
		}
		if once[k] {
			continue
		}
		once[k] = true
		if known == nil {
			f.Runs = 1
			c.lanes[f] = []Lane{of.Lane}
			c.byKey[k], c.pkgs[f], c.cases[f] = f, p, of
			c.all = append(c.all, f)
			news++
			continue
		}
		known.Runs++
		if !slices.Contains(c.lanes[known], of.Lane) {
			c.lanes[known] = append(c.lanes[known], of.Lane)
		}
		switch {
		case known.Grade != demon.Seen && f.Grade == demon.Seen:
			c.raise(known, f)
			c.cases[known] = of
		case c.cases[known].Seed == 0 && of.Seed > 0:
			c.disturbed[known] = of
		}
	}
	p.restless = false
	for _, f := range c.all {
		if c.pkgs[f] == p && f.Grade != demon.Note && f.Runs < enoughTimes && p.hung[f.Test] < enoughTimes {
			p.restless = true
		}
	}
	return news
}

// together joins a race with the others about the same memory in this run.
func (c *collection) together(memory map[string]*demon.Finding, at string, f *demon.Finding) {
	first := memory[at]
	if first == nil {
		memory[at] = f
		return
	}
	if a, b := c.leader(first), c.leader(f); a != b {
		c.leaders[b] = a
	}
}

// leader stands for all races about the same memory.
func (c *collection) leader(f *demon.Finding) *demon.Finding {
	for c.leaders[f] != nil {
		f = c.leaders[f]
	}
	return f
}

// group numbers the races that have company, and puts each behind the first of
// its kind.
func (c *collection) group(sorted []*demon.Finding) []*demon.Finding {
	members := map[*demon.Finding][]*demon.Finding{}
	for _, f := range sorted {
		members[c.leader(f)] = append(members[c.leader(f)], f)
	}
	var all []*demon.Finding
	n := 0
	for _, f := range sorted {
		group := members[c.leader(f)]
		if len(group) > 1 && group[0] == f {
			n++
			for _, m := range group {
				m.Group = n
			}
		}
		if len(group) > 0 && group[0] == f {
			all = append(all, group...)
		}
	}
	return all
}

// raise makes a prediction, or a note, one that was seen.
func (c *collection) raise(known, seen *demon.Finding) {
	runs := known.Runs
	*known = *seen
	known.Runs = runs
}

var grades = []demon.Grade{demon.Seen, demon.Predicted, demon.Note}

// sorted gives all findings, what is surest first.
func (c *collection) sorted() []*demon.Finding {
	c.all = slices.DeleteFunc(c.all, c.explained)
	for _, f := range c.all {
		p := c.pkgs[f]
		for _, lane := range c.lanes[f] {
			f.Of += p.ran(f.Test, lane)
		}
		f.Of = max(f.Of, f.Runs)
		again := c.cases[f]
		if d, ok := c.disturbed[f]; ok && f.Runs < f.Of {
			again = d
		}
		f.Seed, f.Procs, f.Lane = again.Seed, again.Procs, string(again.Lane)
		f.Replay = c.replay(f, p, again)
	}
	slices.SortStableFunc(c.all, func(a, b *demon.Finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(grades, a.Grade), slices.Index(grades, b.Grade)),
			cmp.Compare(b.Runs, a.Runs),
			cmp.Compare(a.Where, b.Where))
	})
	return append([]*demon.Finding{}, c.group(c.all)...)
}

// explained tells that a hang is the same as a finding that says more: the hang
// has all the places where that one waits.
func (c *collection) explained(hang *demon.Finding) bool {
	if hang.Rule != "run-hangs" {
		return false
	}
	return slices.ContainsFunc(c.all, func(f *demon.Finding) bool {
		if f == hang || f.Package != hang.Package || f.Grade != demon.Seen || f.Test != hang.Test || !waitRules[f.Rule] {
			return false
		}
		for _, s := range f.Sides {
			if s.Waits && !slices.ContainsFunc(hang.Sides, func(w demon.Side) bool { return w.Site() == s.Site() }) {
				return false
			}
		}
		return true
	})
}

// waitRules are the rules that tell why a run hangs.
var waitRules = map[string]bool{"locks-in-two-orders": true, "lock-taken-twice": true, "wait-in-a-circle": true, "lock-never-released": true, "read-lock-nested": true}

// replay is the command that runs the case of a finding again.
func (c *collection) replay(f *demon.Finding, p *Package, again Case) string {
	words := []string{"trivet", "demons", "-replay", again.String()}
	if c.o.Main {
		words = append(words, "-main")
	}
	if c.o.Tags != "" {
		words = append(words, "-tags", quote(c.o.Tags))
	}
	if top, _, _ := strings.Cut(f.Test, "/"); top != "" {
		words = append(words, "-run", "'^"+top+"$'")
	} else if c.o.Run != "" {
		words = append(words, "-run", quote(c.o.Run))
	}
	words = append(words, p.names(c.o)...)
	if len(c.o.Args) > 0 {
		words = append(words, "--")
		for _, a := range c.o.Args {
			words = append(words, quote(a))
		}
	}
	return strings.Join(words, " ")
}

// quote makes one word of text for a shell.
func quote(text string) string {
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_=./,:@%+", r)
	}) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
