package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// The quick controls fail as they are known to, and ours pass everything.
func TestControlsFailAndOursPass(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "conform")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pairs, err := choose(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, p := range pairs {
		known := p.probe.controls[p.subject.name]
		if !p.subject.ours && (known == "" || known == "swallowed") { // the latter take their time
			continue
		}
		a := askOne(context.Background(), binary, p)
		if complaints := judge([]Answer{a}); len(complaints) > 0 {
			t.Error(complaints[0])
		}
		seen++
	}
	if seen < 30 {
		t.Errorf("only %d pairs were asked", seen)
	}
}

func TestChoose(t *testing.T) {
	if _, err := choose([]string{"X9"}, nil); err == nil {
		t.Error("a probe that there is not")
	}
	if _, err := choose(nil, []string{"nobody"}); err == nil {
		t.Error("a subject that there is not")
	}
	pairs, err := choose([]string{"N1"}, []string{"errgroup"})
	if err != nil || len(pairs) != 1 {
		t.Error(pairs, err)
	}
}

func TestClassify(t *testing.T) {
	exit2 := exec.Command(os.Args[0], "-no-such-flag").Run() // status 2
	must, may := &probe{mustCrash: true}, &probe{}
	for _, c := range []struct {
		p        *probe
		out      string
		timedOut bool
		err      error
		want     string
	}{
		{may, mark + "ok\n", false, nil, "ok"},
		{may, "noise\n" + mark + "late: after 1s\nPASS\n", false, nil, "late"},
		{may, mark + "ok\n", true, nil, "hang"},
		{may, "panic: deadlock: all goroutines in bubble are blocked", false, exit2, "hang"},
		{may, "panic: boom", false, exit2, "crash"},
		{must, "panic: boom\nmain.conformTask", false, exit2, "ok"},
		{must, "panic: boom", false, exit2, "no stack"},
		{may, "fatal error: receive on synctest channel from outside bubble", false, exit2, "unclean"},
		{may, "", false, nil, "broken"},
	} {
		if got, _ := classify(c.p, c.out, c.timedOut, c.err); got != c.want {
			t.Errorf("%q: %s, want %s", c.out, got, c.want)
		}
	}
}
