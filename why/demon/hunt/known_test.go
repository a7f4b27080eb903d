package hunt

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/trivet-go/trivet/why"
	"github.com/trivet-go/trivet/why/demon"
)

func found() *Report {
	side := func(f string, line int) demon.Side {
		return demon.Side{Does: "waits", Stack: []demon.Frame{{Func: f, File: "/m/a.go", Line: line}}}
	}
	return &Report{Findings: []*demon.Finding{
		{Finding: why.Finding{Rule: "data-race", Title: "T"}, Demon: demon.Race, Grade: demon.Seen, Sides: []demon.Side{side("m.b", 2), side("m.a", 1)}},
		{Finding: why.Finding{Rule: "no-progress"}, Grade: demon.Seen, Sides: []demon.Side{{Does: `counts "x y"`}}},
		{Finding: why.Finding{Rule: "fails-when-shaken"}, Grade: demon.Note},
	}}
}

// What is written as known is known when it is read, and then nothing fails.
func TestKnownComesBack(t *testing.T) {
	r := found()
	var file bytes.Buffer
	if err := WriteKnown(&file, r.Findings, "it was there"); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(file.String(), "\n"); n != 2 {
		t.Errorf("%d lines:\n%s", n, &file)
	}
	k, err := ReadKnown(&file)
	if err != nil {
		t.Fatal(err)
	}
	moved := found()
	moved.Findings[0].Sides[0].Stack[0].Line = 99
	if !moved.Failed() {
		t.Error("does not fail before")
	}
	if k.Mark(moved); moved.Failed() || moved.Findings[0].Known != "it was there" {
		t.Errorf("fails after: %+v", moved.Findings[0])
	}
	other := found()
	other.Findings[0].Sides[0].Stack[0].Func = "m.c"
	if k.Mark(other); !other.Failed() {
		t.Error("another place is known too")
	}
}

func TestKnownWantsReasons(t *testing.T) {
	for _, bad := range []string{"data-race m.a", "data-race m.a #  ", "data-race # why", "a b c # why"} {
		if _, err := ReadKnown(strings.NewReader("# comment\n\n" + bad)); err == nil || !strings.Contains(err.Error(), "line 3") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestSARIF(t *testing.T) {
	r := found()
	r.Findings[1].Known = "meant so"
	var out bytes.Buffer
	if err := r.SARIF(&out, "/m"); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	res := log.Runs[0].Results
	if log.Version != "2.1.0" || len(res) != 3 || len(log.Runs[0].Tool.Driver.Rules) != 3 {
		t.Fatalf("%+v", log)
	}
	if a := res[0].Locations[0].Physical; a.Artifact.URI != "a.go" || a.Region.Line != 2 || res[0].Level != "error" || len(res[0].Related) != 1 {
		t.Errorf("%+v", res[0])
	}
	if res[1].Suppressions[0].Reason != "meant so" || res[2].Level != "note" {
		t.Errorf("%+v", res[1:])
	}
}
