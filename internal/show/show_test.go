package show

import (
	"bytes"
	"math"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func environ(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestTerminalOfPipe(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, w := range []interface{ Write([]byte) (int, error) }{file, new(bytes.Buffer)} {
		got := TerminalOf(w, environ("TERM", "xterm", "LANG", "de_DE.UTF-8", "COLUMNS", "72"))
		if want := (Terminal{UTF8: true, Width: 72}); got != want {
			t.Errorf("%T: %+v, want %+v", w, got, want)
		}
	}
}

func TestLocale(t *testing.T) {
	tests := []struct {
		env  []string
		want bool
	}{
		{nil, false},
		{[]string{"LANG", "C"}, false},
		{[]string{"LANG", "en_US.utf8"}, true},
		{[]string{"LC_ALL", "C", "LANG", "en_US.UTF-8"}, false},
		{[]string{"LC_CTYPE", "C.UTF-8", "LANG", "C"}, true},
	}
	for _, tt := range tests {
		if got := utf8Locale(environ(tt.env...)); got != tt.want {
			t.Errorf("%v: UTF-8 %v, want %v", tt.env, got, tt.want)
		}
	}
}

func TestStylesOnlyWhereTheyMakeSense(t *testing.T) {
	if got := (Terminal{}).Bold("x") + (Terminal{}).Bad("y"); got != "xy" {
		t.Errorf("plain: %q", got)
	}
	if got := (Terminal{Styled: true}).Bold("x"); got != "\x1b[1mx\x1b[0m" {
		t.Errorf("styled: %q", got)
	}
}

func TestBar(t *testing.T) {
	blocks, plain := Terminal{UTF8: true}, Terminal{}
	tests := []struct {
		share         float64
		blocks, plain string
	}{
		{0, "", ""},
		{-1, "", ""},
		{math.NaN(), "", ""},
		{0.0001, "▏", "#"},
		{0.5, "█████", "#####"},
		{0.31, "███▏", "###"},
		{1, "██████████", "##########"},
		{7, "██████████", "##########"},
	}
	for _, tt := range tests {
		if got := blocks.Bar(tt.share, 10); got != tt.blocks {
			t.Errorf("%v: %q, want %q", tt.share, got, tt.blocks)
		}
		if got := plain.Bar(tt.share, 10); got != tt.plain {
			t.Errorf("%v: %q, want %q", tt.share, got, tt.plain)
		}
	}
}

func TestWidth(t *testing.T) {
	tests := []struct {
		text string
		want int
	}{
		{"", 0}, {"abc", 3}, {"größe", 5}, {"gro\u0308ße", 5}, {"世界", 4}, {"한글", 4}, {"🙂", 2},
		{"\x1b[1mbold\x1b[0m", 4}, {"▏█…·", 4}, {"\xff\xfe", 2}, {"\x1b[", 1},
	}
	for _, tt := range tests {
		if got := Width(tt.text); got != tt.want {
			t.Errorf("Width(%q) = %d, want %d", tt.text, got, tt.want)
		}
	}
}

func TestTruncate(t *testing.T) {
	utf := Terminal{UTF8: true}
	tests := []struct {
		text    string
		columns int
		want    string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"世界世界", 4, "世…"},
		{"\x1b[1mbold\x1b[0m", 3, "\x1b[1mbo…\x1b[0m"},
		{"abc", 0, ""},
	}
	for _, tt := range tests {
		if got := utf.Truncate(tt.text, tt.columns); got != tt.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", tt.text, tt.columns, got, tt.want)
		}
	}
	if got := (Terminal{}).Truncate("abcd", 3); got != "ab~" {
		t.Errorf("without UTF-8: %q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		text, columns := rapid.String().Draw(t, "text"), rapid.IntRange(0, 20).Draw(t, "columns")
		if got := utf.Truncate(text, columns); Width(got) > columns {
			t.Fatalf("Truncate(%q, %d) = %q is %d wide", text, columns, got, Width(got))
		}
	})
}

func TestWrap(t *testing.T) {
	got := strings.Join(Wrap("one lock lets one  goroutine at a time work", 12), "|")
	if want := "one lock|lets one|goroutine at|a time work"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestUnits(t *testing.T) {
	ms := func(f float64) string { return Duration(time.Duration(f * 1e6)) }
	tests := []struct{ got, want string }{
		{Duration(0), "0 s"},
		{Duration(70), "70 ns"},
		{Duration(1500), "1.5 µs"},
		{Duration(2000), "2.0 µs"},
		{ms(1), "1.0 ms"},
		{ms(37.4), "37.4 ms"},
		{ms(99.96), "100 ms"},
		{ms(207.8), "208 ms"},
		{ms(999.6), "1.0 s"},
		{ms(59_940), "59.9 s"},
		{ms(59_960), "1m 00s"},
		{ms(125_000), "2m 05s"},
		{ms(3_599_700), "1h 00m"},
		{Duration(3*time.Hour + 12*time.Minute), "3h 12m"},
		{ms(-5), "-5.0 ms"},
		{Duration(math.MinInt64), "-2562047h 47m"},
		{Seconds(0.0374), "37.4 ms"},
		{Seconds(1e30), "1e+30 s"},
		{Seconds(2e-12), "2e-12 s"},
		{Bytes(512), "512 B"},
		{Bytes(4200), "4.2 kB"},
		{Bytes(85_000_000), "85.0 MB"},
		{Bytes(999_999), "1.0 MB"},
		{Bytes(math.MaxInt64), "9.2 EB"},
		{Count(950), "950"},
		{Count(22_500_000), "22.5 M"},
		{Rate(21e6, "B"), "21.0 MB/s"},
		{Rate(3.7e6, "events"), "3.7 M events/s"},
		{Rate(0.4, ""), "0.4/s"},
		{Percent(0.004), "0.4 %"},
		{Percent(0.27), "27 %"},
		{Percent(0), "0 %"},
		{Percent(1e-16), "0 %"},
		{Percent(0.0001), "<0.1 %"},
		{Percent(-0.02), "-2 %"},
		{Times(0.849), "0.85x"},
		{Times(4.66), "4.7x"},
		{Times(10.000000000000002), "10.0x"},
		{Times(921.7), "922x"},
		{Times(math.Inf(1)), "no limit"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

func TestTable(t *testing.T) {
	table := Table{Align: "rl", Indent: 2}
	table.Row("cores", "what")
	table.Row("1", "größe")
	table.Row("16", "世界", "last")
	want := "  cores  what\n      1  größe\n     16  世界   last\n"
	if got := table.Text(Terminal{Width: 100}); got != want {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	for _, line := range table.Lines(Terminal{Width: 8}) {
		if Width(line) > 8 {
			t.Errorf("%q is wider than 8", line)
		}
	}
	if got := new(Table).Text(Terminal{}); got != "" {
		t.Errorf("empty table: %q", got)
	}
}

func TestChart(t *testing.T) {
	c := Chart{MaxX: 16, Width: 33, Height: 5}
	c.Curve('.', func(x float64) float64 { return x })
	c.Curve('A', func(x float64) float64 { return 1 / (0.5 + 0.5/x) })
	c.Dots('o', []float64{1, 4}, []float64{1, 4})
	want := strings.Split(strings.Trim(`
16x |                              ....
 8x |                      ........
 4x |              ...o....
 2x |      ......AAAAAAAAAAAAAAAAAAAAAA
 1x | oAAAAAAAAAA
    +----------------------------------
      1       2       4       8       16`, "\n"), "\n")
	got := c.Lines()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestChartOfNothing(t *testing.T) {
	for _, c := range []Chart{{}, {MaxX: 1, Width: 30, Height: 5}, {MaxX: 8, Width: 30, Height: 5}} {
		if got := c.Lines(); got != nil {
			t.Errorf("%+v: %q", c, got)
		}
	}
	c := Chart{MaxX: 8, Width: 30, Height: 5}
	c.Curve('x', func(float64) float64 { return math.NaN() })
	if got := c.Lines(); got != nil {
		t.Errorf("%q", got)
	}
}

// TestProgress drives a line by a bubble's clock: it appears within a second,
// at most ten times a second, names everything, and is gone in the end.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := StartProgress(&out, Terminal{Interactive: true, Width: 80}, Phase{What: "parse", Total: 100e6, Unit: "B"})
		time.Sleep(50 * time.Millisecond) // off the beat of the drawing
		for range 10 {
			p.Add(2e6)
			time.Sleep(100 * time.Millisecond)
		}
		p.Stop()
		p.Stop()
		text := out.String()
		if n := strings.Count(text, "parse"); n < 1 || n > 10 {
			t.Errorf("drawn %d times in a second", n)
		}
		if want := "parse  20.0 MB of 100 MB  20.0 MB/s  4.0 s left  1.0 s"; !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
		if !strings.HasSuffix(text, "\r\x1b[K") {
			t.Errorf("not cleared: %q", text)
		}
		if strings.Contains(text, "\n") {
			t.Errorf("scrolled: %q", text)
		}
	})
}

func TestPhaseLine(t *testing.T) {
	tests := []struct {
		phase   Phase
		done    int64
		elapsed time.Duration
		want    string
	}{
		{Phase{What: "building"}, 0, 3*time.Second + 40*time.Millisecond, "building  3.0 s"},
		{Phase{What: "parse", Total: 86e6, Unit: "B"}, 12e6, 600 * time.Millisecond, "parse  12.0 MB of 86.0 MB  20.0 MB/s  3.7 s left  0.6 s"},
		{Phase{What: "replay", Total: 40, Unit: "programs"}, 40, 2 * time.Second, "replay  40 of 40 programs  20/s  2.0 s"},
		{Phase{What: "read", Unit: "events"}, 1500, time.Second, "read  1.5 k events  1.5 k/s  1.0 s"},
		{Phase{What: "slow", Total: math.MaxInt64}, 1, time.Hour, "slow  1 of 9.2 E  0.0/s  1000h 00m left  1h 00m"},
	}
	for _, tt := range tests {
		if got := tt.phase.line(tt.done, tt.elapsed); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

func TestProgressIsQuietInAPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := StartProgress(&out, Terminal{Width: 80}, Phase{What: "building"})
		time.Sleep(5 * time.Second)
		p.Phase(Phase{What: "running"})
		p.Add(1)
		p.Stop()
		if out.Len() > 0 {
			t.Errorf("wrote %q", out.String())
		}
	})
	var none *Progress
	none.Phase(Phase{})
	none.Add(1)
	none.Set(1)
	none.Stop()
}

// TestProgressMakesRoom: another's text is never overwritten, not even a line
// that has not ended yet.
func TestProgressMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := StartProgress(&out, Terminal{Interactive: true, Width: 80}, Phase{What: "run"})
		time.Sleep(150 * time.Millisecond)
		p.Write([]byte("half a "))
		mark := out.Len()
		time.Sleep(time.Second)
		if out.Len() != mark {
			t.Errorf("drew over an open line: %q", out.String()[mark:])
		}
		p.Write([]byte("line\n"))
		time.Sleep(150 * time.Millisecond)
		p.Stop()
		if got := out.String(); !strings.Contains(got, "\r\x1b[Khalf a line\n\rrun") {
			t.Errorf("%q", got)
		}
	})
}
