package demons

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = ".." // the bench directory

func TestProgramsAreLabelled(t *testing.T) {
	targets, err := loadPrograms(root)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, target := range targets {
		if target.demon != "" {
			count[target.class]++
		}
	}
	for _, kind := range programKinds {
		if count[kind] < 15 {
			t.Errorf("%d programs with %s; the board needs 15", count[kind], kind)
		}
	}
}

// A twin is the same program without the flaw: same test, and few other lines.
func TestTwinsDifferInTheFlaw(t *testing.T) {
	targets, err := loadPrograms(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range targets {
		if target.demon == "" {
			continue
		}
		healthy := filepath.Join(filepath.Dir(target.dir), "healthy")
		flawedTest, healthyTest := lines(t, target.dir, target.name+"_test.go"), lines(t, healthy, target.name+"_test.go")
		if strings.Join(flawedTest, "\n") != strings.Join(healthyTest, "\n") {
			t.Errorf("%s: the tests of the twins differ", target.name)
		}
		common := map[string]int{}
		for _, l := range lines(t, target.dir, target.name+".go") {
			common[l]++
		}
		for _, l := range lines(t, healthy, target.name+".go") {
			common[l]--
		}
		differ := 0
		for _, n := range common {
			differ += max(n, -n)
		}
		if differ == 0 || differ > 20 {
			t.Errorf("%s: the twins differ in %d lines", target.name, differ)
		}
	}
}

func lines(t *testing.T, dir, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for l := range strings.Lines(string(text)) {
		l, _, _ = strings.Cut(l, "// demon")
		all = append(all, strings.TrimSpace(l))
	}
	return all
}

// The labels are true: a flawed program gets at most a third done of what its
// twin does. A livelock may end by itself, so each has three tries.
func TestLabelsAreTrue(t *testing.T) {
	if testing.Short() {
		t.Skip("links sixty programs")
	}
	targets, err := loadPrograms(root)
	if err != nil {
		t.Fatal(err)
	}
	wrong := map[string]string{}
	right := map[string]bool{}
	for range 3 {
		done := runPrograms(t)
		for _, target := range targets {
			id := target.class + "/" + target.name
			flawed, healthy := done[id+"/flawed"], done[id+"/healthy"]
			if 3*flawed <= healthy && healthy > 0 {
				right[id] = true
			}
			wrong[id] = fmt.Sprintf("the flawed one did %d, the healthy one %d", flawed, healthy)
		}
		if len(right) == len(wrong) {
			return
		}
	}
	for id, what := range wrong {
		if !right[id] {
			t.Errorf("%s: %s", id, what)
		}
	}
}

var doneLine = regexp.MustCompile(`done (\d+)`)

// runPrograms runs the tests of all programs, and returns what Run returned.
func runPrograms(t *testing.T) map[string]int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "test", "-json", "-short", "-count=1", "./...")
	cmd.Dir, cmd.Env = "programs", append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go test in programs: %v\n%s", err, out)
	}
	done := map[string]int{}
	for scan := bufio.NewScanner(bytes.NewReader(out)); scan.Scan(); {
		var event struct{ Package, Output string }
		if err := json.Unmarshal(scan.Bytes(), &event); err != nil {
			t.Fatal(err)
		}
		if m := doneLine.FindStringSubmatch(event.Output); m != nil {
			var n int
			fmt.Sscan(m[1], &n)
			_, name, _ := strings.Cut(event.Package, "/programs/")
			done[name] = n
		}
	}
	return done
}

func TestKernelsOfTheInstalledGo(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip(err)
	}
	goroot := strings.TrimSpace(string(out))
	if _, err := os.Stat(filepath.Join(goroot, kernelsTest)); err != nil {
		t.Skip("this Go comes without its tests: ", err)
	}
	targets, err := makeKernels(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var found *target
	for i := range targets {
		if targets[i].name == "Etcd6708" {
			found = &targets[i]
		}
	}
	if found == nil {
		t.Fatal("Etcd6708 is not among the kernels")
	}
	if !found.right(frame{Func: "kernels/etcd6708.Etcd6708.func2"}) || found.right(frame{Func: "kernels/etcd6708.helper"}) {
		t.Error("the right site of Etcd6708 is not its second function literal")
	}
	if found.class != "lock, sure" {
		t.Errorf("Etcd6708 is of class %q", found.class)
	}
}

func TestJudge(t *testing.T) {
	at := func(name string) []side {
		return []side{{Stack: []frame{{Func: "p." + name, File: "/p/p.go", Line: 7}}}}
	}
	flawed := target{demon: "livelock", right: func(f frame) bool { return f.name() == "spin" }}
	for _, c := range []struct {
		what        string
		in          target
		f           finding
		found, site bool
		other       int
	}{
		{"right", flawed, finding{Demon: "livelock", Grade: "seen", Sides: at("spin")}, true, true, 0},
		{"elsewhere", flawed, finding{Demon: "livelock", Grade: "seen", Sides: at("main")}, true, false, 0},
		{"another demon", flawed, finding{Demon: "deadlock", Grade: "seen", Sides: at("spin")}, false, false, 1},
		{"only a note", flawed, finding{Demon: "livelock", Grade: "note", Sides: at("spin")}, false, false, 0},
		{"healthy and accused", target{}, finding{Demon: "livelock", Grade: "predicted", Sides: at("spin")}, true, false, 1},
		{"healthy and noted", target{}, finding{Demon: "livelock", Grade: "note", Sides: at("spin")}, false, false, 0},
	} {
		var r row
		r.judge(c.in, c.f)
		if r.Found != c.found || r.Site != c.site || len(r.Other) != c.other {
			t.Errorf("%s: %+v", c.what, r)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for what, data := range map[string]string{
		"text before":     `building {"packages":[],"stopped":"x"}`,
		"another command": `{"target":"x","speedup":[]}`,
		"nothing":         ``,
	} {
		if _, err := parse([]byte(data)); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
	if r, err := parse([]byte(`{"findings":null,"packages":[{"path":"x"}],"runs":3,"stopped":"every seed has run"}`)); err != nil || r.Runs != 3 {
		t.Errorf("nothing found: %+v, %v", r, err)
	}
}
