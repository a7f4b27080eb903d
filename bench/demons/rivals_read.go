package demons

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// goleakReport reads "found unexpected goroutines: [Goroutine 7 in state …".
func goleakReport(output string) (reported bool, at []frame) {
	_, report, reported := strings.Cut(output, "found unexpected goroutines:")
	return reported, stackFrames(report)
}

var proven = regexp.MustCompile(`^goroutine \d+.*\(leaked\)`)

// profileReport reads the goroutines that the collector has marked in a profile.
func profileReport(output string) (reported bool, at []frame) {
	for block := range strings.SplitSeq(output, "\n\n") {
		if proven.MatchString(strings.TrimSpace(block)) {
			reported = true
			at = append(at, stackFrames(block)...)
		}
	}
	return reported, at
}

// deadlockReport reads "POTENTIAL DEADLOCK:", after which the process ends.
func deadlockReport(output string) (reported bool, at []frame) {
	_, report, reported := strings.Cut(output, "POTENTIAL DEADLOCK")
	for _, m := range lockFrame.FindAllStringSubmatch(report, -1) {
		line, _ := strconv.Atoi(m[2]) // digits
		at = append(at, frame{Func: m[3], File: m[1], Line: line})
	}
	return reported, append(at, stackFrames(report)...)
}

var (
	// main.F.func1(0x1)
	//	/dir/f.go:17 +0x2a
	stackFrame = regexp.MustCompile(`(?m)^\s*(?:created by )?(\S+?)(?:\([^()]*\))?(?: in goroutine \d+)?\n\s+(\S+\.go):(\d+)`)
	// f.go:17 main.F.func1 { mu.Lock() } <<<<<
	lockFrame = regexp.MustCompile(`(?m)^(\S+\.go):(\d+) (\S+) \{`)
)

func stackFrames(text string) (all []frame) {
	for _, m := range stackFrame.FindAllStringSubmatch(text, -1) {
		line, _ := strconv.Atoi(m[3]) // digits
		all = append(all, frame{Func: m[1], File: m[2], Line: line})
	}
	return all
}

// rivalTally counts a tool in a class.
type rivalTally struct {
	flawed, found, sites, symptoms, cannot int
	healthy, accused, ran                  int
	hits, seconds                          float64
}

func (t *rivalTally) add(r rivalRow) {
	t.seconds += r.Seconds
	if r.Cannot == "" {
		t.ran++
	}
	if r.Healthy {
		t.healthy++
		if r.Found {
			t.accused++
		}
		return
	}
	t.flawed++
	switch {
	case r.Cannot != "":
		t.cannot++
	case r.Found:
		t.found++
		t.hits += r.Hits
	case r.Symptom:
		t.symptoms++
	}
	if r.Site {
		t.sites++
	}
}

// printRivals tells for each tool what it missed, then counts the classes.
func printRivals(w io.Writer, rows []rivalRow) error {
	var b strings.Builder
	var tools, classes []string
	tallies := map[[2]string]*rivalTally{}
	count := func(tool, class string, r rivalRow) {
		if tallies[[2]string{tool, class}] == nil {
			tallies[[2]string{tool, class}] = &rivalTally{}
		}
		tallies[[2]string{tool, class}].add(r)
		if !slices.Contains(classes, class) {
			classes = append(classes, class)
		}
		if !slices.Contains(tools, tool) {
			tools = append(tools, tool)
		}
	}
	for _, r := range rows {
		count(r.Tool, r.Class, r)
	}
	slices.Sort(classes)
	for _, r := range rows {
		if slices.Contains(programKinds, r.Class) {
			count(r.Tool, "all own programs", r)
		} else {
			count(r.Tool, "all "+kernels, r)
		}
	}
	for _, tool := range tools {
		fmt.Fprintf(&b, "%s\n", tool)
		for _, r := range rows {
			if r.Tool == tool && (r.Healthy && (r.Found || r.Symptom) || !r.Healthy && !r.Site) {
				fmt.Fprintf(&b, "  %-22s %-26s %3d runs %5.1f s  %s\n", r.Name, r.Class, r.Runs, r.Seconds, r.words())
			}
		}
		fmt.Fprintf(&b, "\n  %-28s %9s %10s %8s %8s %10s %8s %9s\n", "class", "found", "right site", "symptom", "cannot", "hits a run", "accused", "s each")
		for _, class := range classes {
			if t := tallies[[2]string{tool, class}]; t != nil {
				fmt.Fprintf(&b, "  %-28s %3d of %2d %10d %8d %8d %8.0f %% %2d of %2d %9.1f\n", class, t.found, t.flawed, t.sites, t.symptoms, t.cannot,
					100*t.hits/float64(max(t.found, 1)), t.accused, t.healthy, t.seconds/float64(max(t.ran, 1)))
			}
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r rivalRow) words() string {
	switch {
	case r.Cannot != "":
		return r.Cannot
	case r.Found && r.Healthy:
		return "healthy, and reported"
	case r.Found:
		return "reports another place"
	case r.Symptom:
		return "no report; a run fails or hangs"
	}
	return "nothing"
}
