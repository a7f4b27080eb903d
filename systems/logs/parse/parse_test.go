package parse

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet/systems/logs/event"
)

// fields are those of one line, in one string.
func fields(e *event.Event) string {
	var b strings.Builder
	for _, f := range e.Fields {
		fmt.Fprintf(&b, " %s=%s", f.Name, f.Value)
	}
	return strings.TrimSpace(b.String())
}

func TestFormats(t *testing.T) {
	at := time.Date(2026, 1, 5, 10, 20, 30, 0, time.UTC)
	for _, c := range []struct{ name, line, format, fields string }{
		{
			"combined", `10.0.0.1 - bob [05/Jan/2026:11:20:30 +0100] "GET /a/b?x=1 HTTP/1.1" 404 12 "https://r/" "A \"quoted\" agent"`,
			"combined", `ip=10.0.0.1 user=bob method=GET path=/a/b query=x=1 status=404 bytes=12 referer=https://r/ agent=A \"quoted\" agent`,
		},
		{"common", `::1 - - [05/Jan/2026:10:20:30 +0000] "GET / HTTP/1.0" 200 -`, "combined", "ip=::1 method=GET path=/ status=200"},
		{"empty request", `::1 - - [05/Jan/2026:10:20:30 +0000] "-" 408 0 "-" "-"`, "combined", "ip=::1 status=408 bytes=0"},
		{
			"json", `{"ts":"2026-01-05T10:20:30Z","msg":"a\nb","n":1.50,"ok":true,"no":null,"http":{"code":7},"tags":["x","y"]}`,
			"json", "msg=a\nb n=1.50 ok=true http.code=7 tags=x tags=y",
		},
		{"json, milliseconds", `{"time":1767608430000,"a":"b"}`, "json", "a=b"},
		{"go test -json", `{"Time":"2026-01-05T11:20:30.0+01:00","Action":"run","Test":"TestIt"}`, "json", "Action=run Test=TestIt"},
		{"journalctl -o json", `{"__REALTIME_TIMESTAMP":"1767608430000000","PRIORITY":"6"}`, "json", "PRIORITY=6"},
		{"logfmt", `ts=2026-01-05T10:20:30Z level=warn msg="disk full" n=3`, "logfmt", `level=warn msg=disk full n=3`},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := parseOne(t, Rules{}, c.line)
			if e.Format != c.format || !e.Time.Equal(at) || fields(&e) != c.fields {
				t.Errorf("%s at %v: %s", e.Format, e.Time, fields(&e))
			}
		})
	}
}

func parseOne(t testing.TB, rules Rules, line string) event.Event {
	t.Helper()
	newLines, err := New(rules)
	if err != nil {
		t.Fatal(err)
	}
	e := event.Event{ID: event.ID{Source: 1, Line: 2}, Line: []byte(line)}
	if err := newLines().Parse(&e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestWhatNobodyTakesIsKept(t *testing.T) {
	for _, line := range []string{
		"", " ", "panic: runtime error", `{"cut":"of`, `{"a":1} and more`, "[1,2]", "a=b", "word a=b c=d", "\x80\xff\x00",
		`10.0.0.1 - bob [05/Foo/2026:11:20:30 +0100] "GET / HTTP/1.1" 200 1`,
		`10.0.0.1 - bob [05/Jan/2026:11:20:30 +0100] "GET / HTTP/1.1`,
		`10.0.0.1 - bob [05/Jan/2026:11:20:30 +0100] "GET / HTTP/1.1" abc 1`,
	} {
		if e := parseOne(t, Rules{}, line); e.Format != event.Raw || len(e.Fields) > 0 || !e.Time.IsZero() || string(e.Line) != line {
			t.Errorf("%q: %s, %s", line, e.Format, fields(&e))
		}
	}
}

func TestWhatIsNoTime(t *testing.T) {
	for _, value := range []string{"NaN", "Inf", "-1", "0", "1e300", "", "now", "2026-13-01T00:00:00Z"} {
		if at, ok := parseTime([]byte(value)); ok {
			t.Errorf("%q is %v", value, at)
		}
	}
}

func TestGrok(t *testing.T) {
	rules := Rules{Grok: `%{TIMESTAMP_ISO8601:time} \[%{LOGLEVEL:Level}\] %{GREEDYDATA:text}`}
	e := parseOne(t, rules, "2026-01-05T10:20:30Z [ERROR] it broke")
	if e.Format != "grok" || fields(&e) != "level=ERROR text=it broke" || e.Time.IsZero() {
		t.Errorf("%s %v: %s", e.Format, e.Time, fields(&e))
	}
	if e := parseOne(t, rules, `{"a":"b"}`); e.Format != "json" {
		t.Errorf("beside a pattern the other formats are tried: got %s", e.Format)
	}
	for _, bad := range []Rules{{Grok: "%{NOSUCH:x}"}, {Grok: "("}, {Format: "grok"}, {Format: "xml"}, {Format: "json", Grok: "%{WORD:w}"}} {
		if _, err := New(bad); err == nil {
			t.Errorf("%+v must be refused", bad)
		}
	}
}

// A parser that fails must not take the process with it.
func TestPanicIsAnError(t *testing.T) {
	l := &Lines{parsers: []Parser{bomb{}}}
	if err := l.Parse(&event.Event{}); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Error(err)
	}
}

type bomb struct{}

func (bomb) Name() string            { return "bomb" }
func (bomb) Parse(*event.Event) bool { panic("boom") }

func FuzzParse(f *testing.F) {
	for _, line := range []string{
		`10.0.0.1 - bob [05/Jan/2026:11:20:30 +0100] "GET /a HTTP/1.1" 404 12 "r" "a"`,
		`{"ts":"2026-01-05T10:20:30Z","http":{"code":7}}`, `a=b c="d e"`, `{"a":{"a":{"a":[[[]]]}}}`, "=", `a="`,
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if e := parseOne(t, Rules{Grok: "%{IP:ip} %{WORD:w}"}, line); string(e.Line) != line || e.Format == "" {
			t.Errorf("%q became %q, %q", line, e.Line, e.Format)
		}
	})
}
