package main

import "testing"

func TestReplace(t *testing.T) {
	const out = "PAYLOAD new\n\nTASKS more\n\nWAITS so\n\nFROM here\n"
	got, err := replace("a\n```console\n$ trivet choose -models\nPAYLOAD old\n```\nb\n", out)
	want := "a\n```console\n$ trivet choose -models\nPAYLOAD new\n\n…\nWAITS so\n\nFROM here\n```\nb\n"
	if err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	for _, guide := range []string{"no command\n", "$ trivet choose -models\nand no end\n"} {
		if _, err := replace(guide, out); err == nil {
			t.Errorf("%q: no error", guide)
		}
	}
}
