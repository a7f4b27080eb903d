package main

import (
	"encoding/json"
	"io"
	"math"
	"strings"
	"testing"
)

// FuzzPoints: no input makes the reader or the fits panic, print what is no
// JSON, or fail without a line and a hint.
func FuzzPoints(f *testing.F) {
	for _, seed := range []string{
		"cores,seconds\n1,10\n2,5.5\n4,3.25\n8,2.125\n16,1.6\n",
		"cores,seconds,size\n1,1,1\n2,0.6,1\n1,4,4\n2,2.1,4\n4,1.2,4\n8,0.7,4\n",
		"\ufeffSeconds, Cores\n1,2\n", "cores,seconds\n1,NaN\n", "cores,seconds\n1,1e308\n2,1e-308\n3,1\n4,2\n",
		"cores\n", "", "a,b\n\"", "# only a comment\n", "cores,seconds\n99999999999999999999,1\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		status, stdout, stderr := call(t, text, "law", "-fit", "-", "-json")
		if stdout != "" {
			onlyJSON(t, stdout)
		}
		if status == 0 && stdout == "" || status != 0 && !strings.Contains(stderr, "\nhint: ") {
			t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
		}
		call(t, text, "law", "-fit", "-") // must not panic either
	})
}

func onlyJSON(t *testing.T, text string) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	if err := decoder.Decode(&object); err != io.EOF {
		t.Fatalf("more than one object: %q", text)
	}
}

func TestGivenJSON(t *testing.T) {
	_, stdout, _ := call(t, "", "law", "-parallel", "0.9", "-cores", "10", "-efficiency", "0.5", "-json")
	var got givenJSON
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	last := got.Speedup[len(got.Speedup)-1]
	if got.Serial != 0.1 || *got.Limit.Amdahl != 10 || got.Limit.Gustafson != nil || last.Cores != 10 ||
		math.Abs(last.Amdahl-1/0.19) > 1e-12 || math.Abs(last.Gustafson-9.1) > 1e-12 ||
		*got.CoresFor.Amdahl != 11 || got.CoresFor.Gustafson != nil {
		t.Errorf("%s", stdout)
	}
}

// TestShuffledColumnsAndRows: neither the order of columns nor that of rows
// matters.
func TestShuffledColumnsAndRows(t *testing.T) {
	_, plain, _ := call(t, "cores,seconds\n1,10\n2,5.5\n4,3.25\n8,2.125\n", "law", "-fit", "-", "-json")
	_, shuffled, _ := call(t, "\ufeffSeconds , CORES\n\n2.125,8\n5.5,2\n# half way\n10,1\n3.25,4\n", "law", "-fit", "-", "-json")
	if plain != shuffled || plain == "" {
		t.Errorf("%q and %q", plain, shuffled)
	}
}

func TestPointErrorsNameTheLine(t *testing.T) {
	tests := []struct{ text, want string }{
		{"cores,seconds\n1,2\n\n# comment\nx,3\n", `standard input:5: cores "x" is not a whole number`},
		{"cores,seconds\n1,-2\n", "standard input:2: -2 is not a time in seconds"},
		{"cores,seconds\n1,0\n", "standard input:2: 0 is not a time in seconds"},
		{"cores,seconds\n1,Inf\n", "standard input:2: +Inf is not a time in seconds"},
		{"cores,seconds\n0,1\n", "standard input:2: 0 is not a number of cores"},
		{"cores,seconds\n1,2,3\n", "standard input:2: 3 fields, and the header has 2"},
		{"cores,seconds\n1,\"2\n", `standard input:2: extraneous or missing " in quoted-field`},
		{"cores,seconds,size\n1,2,0\n", "standard input:2: 0 is not a problem size"},
		{"cores,time\n1,2\n", `standard input:1: unknown column "time"`},
		{"cores,cores\n1,2\n", `standard input:1: column "cores" appears twice`},
		{"cores\n1\n", "standard input:1: a column cores and a column seconds are needed"},
		{"cores,seconds\n", "standard input: no line after the header"},
		{"", "standard input: no header line"},
	}
	for _, tt := range tests {
		status, _, stderr := call(t, tt.text, "law", "-fit", "-")
		if first, _, _ := strings.Cut(stderr, "\n"); status != 2 || first != "trivet law: "+tt.want {
			t.Errorf("%q: status %d, %q, want %q", tt.text, status, first, tt.want)
		}
	}
}
