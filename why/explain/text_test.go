package explain

import (
	"regexp"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/why"
)

func TestSureCountsTheRuns(t *testing.T) {
	for _, c := range []struct {
		r    Report
		want string
	}{
		{Report{Runs: make([]Run, 1)}, "1 recording; the chosen one lost 0 % of its time to other programs."},
		{Report{Runs: make([]Run, 4), ToldRuns: 6, Preempted: 0.2}, "4 recordings, and 6 told other numbers of cores; the chosen one lost 20 %"},
		{Report{Runs: make([]Run, 4), Preempted: 1}, "other programs took as much time as it did"},
	} {
		if got := runsText(&c.r); !strings.Contains(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestInterruptIsSaid(t *testing.T) {
	s := set(coarseMutex())
	s.Best.Ended, s.Stop = false, "it was interrupted by you"
	page := printed(t, explained(t, s))
	for _, want := range []string{"recorded until it was interrupted by you: where its time went", "Recorded until it was interrupted by you, so that the replay was not checked."} {
		if !strings.Contains(strings.Join(strings.Fields(page), " "), want) {
			t.Errorf("no %q in:\n%s", want, page)
		}
	}
}

// However full the page is, a question says which rule tells more, and an empty
// line ends it.
func TestReviewIsWholeOnAFullPage(t *testing.T) {
	for doubts := range 6 {
		r := explained(t, set(coarseMutex()))
		for range doubts {
			r.Flags = append(r.Flags, Flag{"x", strings.Repeat("long words ", 12)})
		}
		long := why.Finding{Rule: "idle-workers", Where: "main.go:43", Title: strings.Repeat("no more than four can work ", 8)}
		r.Findings = append(r.Findings, long, long)
		for i := range r.Review {
			r.Review[i].Findings = []Reviewed{{long, inRecording}}
		}
		page := printed(t, r)
		if n := strings.Count(page, "\n"); n > pageLines {
			t.Errorf("%d lines:\n%s", n, page)
		}
		if !strings.Contains(page, "\n\nDEMONS") {
			t.Errorf("no empty line before DEMONS:\n%s", page)
		}
		_, rest, _ := strings.Cut(page, "REVIEW")
		review, _, _ := strings.Cut(rest, "DEMONS")
		if n := len(regexp.MustCompile(`See:\s+trivet\s+why\s+idle-workers`).FindAllString(review, -1)); n != 3 {
			t.Errorf("%d of 3 rules are named:\n%s", n, page)
		}
	}
}
