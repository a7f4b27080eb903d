// Package docs holds the documents of the repository. Its tests hold GUIDE.md to
// what it says: that what it names exists, and that its commands print what it
// shows.
package docs

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// section is a part of the guide below one heading.
type section struct {
	heading string
	line    int
	texts   []text
	blocks  []block
}

// text is a paragraph, or one row of a table.
type text struct {
	line  int
	words string
}

// block is what stands between two fences.
type block struct {
	language string
	line     int // of the first one inside
	lines    []string
}

// command is one of a console block, with what the guide says it prints.
type command struct {
	line  int
	shell string
	loose bool // figures differ from run to run
	want  string
}

const (
	figuresDiffer = "# figures differ"
	notBuilt      = "not built yet"
)

// parseGuide splits the guide at its headings.
func parseGuide(guide string) (all []*section) {
	now := &section{}
	var inside *block
	for i, line := range strings.Split(strings.ReplaceAll(guide, "\r\n", "\n"), "\n") {
		fence, fenced := strings.CutPrefix(line, "```")
		switch {
		case fenced && inside != nil:
			now.blocks, inside = append(now.blocks, *inside), nil
		case fenced:
			inside = &block{language: fence, line: i + 2}
			now.texts = append(now.texts, text{})
		case inside != nil:
			inside.lines = append(inside.lines, line)
		case strings.HasPrefix(line, "#"):
			now = &section{heading: strings.TrimSpace(strings.TrimLeft(line, "#")), line: i + 1}
			all = append(all, now)
		case line == "":
			now.texts = append(now.texts, text{})
		default:
			now.add(i+1, line)
		}
	}
	return all
}

// add continues the paragraph; every row of a table is one of its own.
func (s *section) add(line int, words string) {
	if last := len(s.texts) - 1; last >= 0 && !strings.HasPrefix(words, "|") {
		s.texts[last].words += words + "\n"
		s.texts[last].line = max(s.texts[last].line, line)
		return
	}
	s.texts = append(s.texts, text{line, words})
}

// commands are those of a console block.
func (b block) commands() (all []command) {
	for i, line := range b.lines {
		if shell, ok := strings.CutPrefix(line, "$ "); ok {
			shell, loose := strings.CutSuffix(shell, figuresDiffer)
			all = append(all, command{line: b.line + i, shell: strings.TrimSpace(shell), loose: loose})
		} else if len(all) > 0 {
			all[len(all)-1].want += line + "\n"
		}
	}
	return all
}

func (s *section) commands() (all []command) {
	for _, b := range s.blocks {
		if b.language == "console" {
			all = append(all, b.commands()...)
		}
	}
	return all
}

// matches reports whether got is what want shows. In want … stands for any lines
// where it is alone in one, and elsewhere for anything within a line.
func matches(want, got string, loose bool) bool {
	if loose {
		want, got = withoutFigures(want), withoutFigures(got)
	}
	var pattern strings.Builder
	for line := range strings.Lines(want) {
		if strings.TrimSpace(line) == "…" {
			pattern.WriteString(`(?:.*\n)*?`)
			continue
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", `.*?`))
	}
	return regexp.MustCompile(`^` + pattern.String() + `$`).MatchString(got)
}

var (
	figures = regexp.MustCompile(`[0-9]+(?:\.[0-9]+)?(?: ?(?:ns|µs|ms|s)\b)?`)
	bars    = regexp.MustCompile(`[█▉▊▋▌▍▎▏]+`)
	spaces  = regexp.MustCompile(` +`)
)

// withoutFigures replaces numbers, with their units of time, and takes away bars
// and the spaces that align.
func withoutFigures(s string) string {
	s = bars.ReplaceAllString(figures.ReplaceAllString(s, "0"), "")
	return spaces.ReplaceAllString(s, " ")
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		want, got   string
		tight, wide bool
	}{
		{"a\n", "a\n", true, true},
		{"a\n", "b\n", false, false},
		{"a\n", "a\nb\n", false, false},
		{"a\nb\n", "a\n", false, false},
		{"…\nb\n", "a\nb\n", true, true},
		{"…\nb\n", "b\n", true, true},
		{"a\n…\n", "a\n\nb\n", true, true},
		{"a\n…\nd\n", "a\nb\nc\n", false, false},
		{"a … d\n", "a b c d\n", true, true},
		{"a … d\n", "a b\nc d\n", false, false},
		{"took 5 ms\n", "took 1.25 s\n", false, true},
		{"took  5 ms\n", "took 120 ms\n", false, true},
		{"3 files\n", "4 files\n", false, true},
		{"3 ms  ██▏ a\n", "300 ns  █     a\n", false, true},
		{"3 files\n", "4 lines\n", false, false},
		{"a.b\n", "a-b\n", false, false},
	} {
		if got := matches(c.want, c.got, false); got != c.tight {
			t.Errorf("%q shows %q: %v", c.want, c.got, got)
		}
		if got := matches(c.want, c.got, true); got != c.wide {
			t.Errorf("%q shows %q but for figures: %v", c.want, c.got, got)
		}
	}
}

func TestParseGuide(t *testing.T) {
	guide := parseGuide("# A\n\none\ntwo\n\n| x |\n| y |\n\n## B\n```console\n$ go run ./a   # figures differ\n1\n$ trivet why\n```\nafter\n")
	if len(guide) != 2 || guide[1].heading != "B" {
		t.Fatalf("%+v", guide)
	}
	var words []string
	for _, s := range guide {
		for _, text := range s.texts {
			if text.words != "" {
				words = append(words, text.words)
			}
		}
	}
	if got, want := fmt.Sprintf("%q", words), `["one\ntwo\n" "| x |" "| y |" "after\n"]`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got := fmt.Sprintf("%+v", guide[1].commands())
	if want := "[{line:11 shell:go run ./a loose:true want:1\n} {line:13 shell:trivet why loose:false want:}]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func readGuide(t *testing.T) []*section {
	t.Helper()
	guide, err := os.ReadFile("GUIDE.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := parseGuide(string(guide))
	if len(sections) < 25 {
		t.Fatalf("GUIDE.md has %d sections only", len(sections))
	}
	return sections
}
