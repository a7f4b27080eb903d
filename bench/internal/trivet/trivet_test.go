package trivet

import (
	"os"
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	data, err := os.ReadFile("testdata/mutex.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := r.Predicted(8); !ok || p != 4.75 {
		t.Errorf("prediction for 8 cores: %v, %v", p, ok)
	}
	if _, ok := r.Predicted(4); ok {
		t.Error("a withheld prediction was found")
	}
	if !slices.Equal(r.Rules(), []string{"atomics-unseen"}) {
		t.Errorf("flags %v", r.Rules())
	}
	if len(r.WhatIf) != 1 || r.WhatIf[0].Before != 0.042 || r.WhatIf[0].After != 0.026 {
		t.Errorf("what-ifs %v", r.WhatIf)
	}
	if r.Tier != "full" || r.SelfCheck != 0.004 || r.Inflation != 1.03 {
		t.Errorf("report %+v", r)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, data := range map[string]string{
		"text before":      `building… {"target":"x","speedup":[],"flags":[]}`,
		"text after":       `{"target":"x","speedup":[],"flags":[]} done`,
		"cut off":          `{"target":"x","speedup":[`,
		"nothing":          ``,
		"speedup is null":  `{"target":"x","speedup":null,"flags":[]}`,
		"no flags":         `{"target":"x","speedup":[]}`,
		"another document": `{"findings":[]}`,
	} {
		if _, err := Parse([]byte(data)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := Parse([]byte(`{"target":"x","speedup":[],"flags":[]}`)); err != nil {
		t.Errorf("everything withheld: %v", err)
	}
}
