package page

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet/flow/scatter"
	"github.com/trivet-go/trivet/systems/logs/index"
	"github.com/trivet-go/trivet/systems/logs/ingest"
	"github.com/trivet-go/trivet/systems/logs/read"
	"github.com/trivet-go/trivet/task/limit"
)

const sample = `10.0.0.1 - - [05/Jan/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl"
10.0.0.2 - - [05/Jan/2026:10:01:00 +0000] "GET /b HTTP/1.1" 500 5 "-" "curl"
10.0.0.2 - - [05/Jan/2026:10:02:00 +0000] "GET /<script>alert(1)</script> HTTP/1.1" 500 5 "-" "curl"
not a log line
`

// serve serves a page over the sample, all of it indexed.
func serve(t *testing.T) (*httptest.Server, *Page) {
	return serveWithin(t, 0)
}

// serveWithin serves a page whose searches may take that long; 0 means for ever.
func serveWithin(t *testing.T, deadline time.Duration) (*httptest.Server, *Page) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(name, []byte(sample+strings.Repeat("x", 600)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sources, err := read.Sources(name)
	if err != nil {
		t.Fatal(err)
	}
	x, err := index.Create(filepath.Join(t.TempDir(), "index"), index.Rules{Shards: 2, Gather: scatter.Rules{Deadline: deadline, Partial: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	dead := ingest.NewDeadLetters(io.Discard)
	in, err := ingest.New(&read.Reader{Sources: sources, MaxLine: 500}, x, ingest.Rules{Dead: dead})
	if err != nil {
		t.Fatal(err)
	}
	p := &Page{Index: x, Ingest: in, Dead: dead, Sources: sources, Searches: limit.New(1), Wait: time.Minute}
	server := httptest.NewServer(p.Handler())
	t.Cleanup(server.Close)
	if err := in.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return server, p
}

// get decodes what the server answers.
func get[T any](t *testing.T, s *httptest.Server, path string, params url.Values) (status int, v T) {
	t.Helper()
	r, err := http.Get(s.URL + path + "?" + params.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, v
}

func TestSearch(t *testing.T) {
	s, _ := serve(t)
	status, found := get[Found](t, s, "/api/search", url.Values{"q": {"status:500"}, "size": {"1"}})
	if status != 200 || found.Total != 2 || len(found.Hits) != 1 || found.Hits[0].Line != 3 {
		t.Errorf("the newest of two: %d %+v", status, found)
	}
	_, found = get[Found](t, s, "/api/search", url.Values{"q": {"format:raw"}})
	if found.Total != 1 || found.Hits[0].Text != "not a log line" || found.Hits[0].Time != nil {
		t.Errorf("%+v", found)
	}
	_, found = get[Found](t, s, "/api/search", url.Values{"q": {"curl"}, "from": {"2026-01-05T10:01:00Z"}, "until": {"2026-01-05T10:02:00Z"}})
	if found.Total != 1 || found.Hits[0].Line != 2 {
		t.Errorf("%+v", found)
	}
}

// Pages follow one another without holes, to a line without a time.
func TestPages(t *testing.T) {
	s, _ := serve(t)
	var lines []int64
	params := url.Values{"q": {"curl not"}, "size": {"1"}}
	for {
		_, found := get[Found](t, s, "/api/search", params)
		if found.Total != 4 || found.AtLeast {
			t.Errorf("%+v", found)
		}
		for _, h := range found.Hits {
			lines = append(lines, h.Line)
		}
		if found.Next == "" {
			break
		}
		params.Set("after", found.Next)
	}
	if !slices.Equal(lines, []int64{3, 2, 1, 4}) {
		t.Error(lines)
	}
}

// Who asks for a pattern is told how many lines there are at least.
func TestCountingEnds(t *testing.T) {
	s, _ := serve(t)
	for count, want := range map[string]Found{"1": {Total: 1, AtLeast: true}, "0": {Total: 3}, "3": {Total: 3}, "": {Total: 3}} {
		_, found := get[Found](t, s, "/api/search", url.Values{"q": {`"GET b" "GET a" "HTTP 1"`}, "size": {"0"}, "count": {count}})
		if found.Total < want.Total || found.AtLeast != want.AtLeast {
			t.Errorf("to %q: %+v", count, found)
		}
	}
}

func TestNotes(t *testing.T) {
	s, _ := serve(t)
	if _, found := get[Found](t, s, "/api/search", url.Values{"q": {"stauts:500"}}); len(found.Notes) != 1 || !strings.HasSuffix(found.Notes[0], "did you mean status?") {
		t.Errorf("%+v", found)
	}
}

func TestBadRequests(t *testing.T) {
	s, _ := serve(t)
	for _, q := range []url.Values{
		{"q": {`"unclosed`}}, {"size": {"x"}}, {"size": {"100000"}}, {"size": {"-1"}}, {"from": {"yesterday"}}, {"q": {"/(/"}}, {"q": {"curl^NaN"}, "rank": {"score"}},
		{"rank": {"colour"}}, {"count": {"x"}}, {"count": {"-1"}}, {"after": {"x"}},
		{"after": {"2026-01-05T10:00:00Z/000000000000000001"}, "rank": {"score"}},
	} {
		status, body := get[map[string]string](t, s, "/api/search", q)
		if status != 400 || body["error"] == "" {
			t.Errorf("%v: %d %v", q, status, body)
		}
	}
	if status, _ := get[map[string]string](t, s, "/api/histogram", url.Values{"parts": {"1000000"}}); status != 400 {
		t.Error(status)
	}
}

func TestHistogram(t *testing.T) {
	s, _ := serve(t)
	_, all := get[Histogram](t, s, "/api/histogram", url.Values{"parts": {"3"}})
	_, curl := get[Histogram](t, s, "/api/histogram", url.Values{"parts": {"3"}, "q": {"status:500"}})
	if len(all.Counts) != 3 || all.Counts[0] != 1 || all.Counts[2] != 1 || curl.Counts[0] != 0 || curl.Counts[1] != 1 {
		t.Errorf("%+v %+v", all, curl)
	}
}

func TestFlowAndDeadLetters(t *testing.T) {
	s, _ := serve(t)
	_, flow := get[Flow](t, s, "/api/flow", nil)
	if flow.Read != 5 || flow.Indexed != 4 || flow.Dead != 1 || flow.Raw != 1 || !flow.Ended || len(flow.Stages) != 4 {
		t.Errorf("%+v", flow)
	}
	_, dead := get[struct {
		Count int64
		Last  []ingest.DeadLetter
	}](t, s, "/api/dead", nil)
	if dead.Count != 1 || dead.Last[0].Line != 5 || dead.Last[0].Length != 601 {
		t.Errorf("%+v", dead)
	}
}

// Searches beyond the limit wait, and end with their clients.
func TestSearchesAreLimited(t *testing.T) {
	s, p := serve(t)
	p.Wait = 50 * time.Millisecond
	if err := p.Searches.Acquire(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if status, body := get[map[string]string](t, s, "/api/search", nil); status != http.StatusGatewayTimeout {
		t.Error(status, body)
	}
	p.Searches.Release(1)
	p.Wait = time.Minute
	if status, _ := get[map[string]any](t, s, "/api/search", nil); status != 200 {
		t.Error(status)
	}
}

func TestASearchThatTakesTooLong(t *testing.T) {
	s, _ := serveWithin(t, time.Nanosecond)
	if status, body := get[map[string]string](t, s, "/api/search", nil); status != http.StatusGatewayTimeout {
		t.Error(status, body)
	}
}

func TestThePageItself(t *testing.T) {
	s, _ := serve(t)
	r, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, _ := io.ReadAll(r.Body)
	if !strings.Contains(string(body), "<form>") || strings.Contains(string(body), "innerHTML") {
		t.Error("the page must show text of logs as text")
	}
	if r, _ := http.Get(s.URL + "/else"); r.StatusCode != 404 {
		t.Error(r.StatusCode)
	}
}
