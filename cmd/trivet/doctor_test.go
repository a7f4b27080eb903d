package main

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
)

func TestCPUQuota(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	tests := []struct {
		name string
		fs   fstest.MapFS
		want float64
	}{
		{"nothing mounted", fstest.MapFS{}, math.Inf(1)},
		{"no limit", fstest.MapFS{
			"proc/self/cgroup":      file("0::/\n"),
			"sys/fs/cgroup/cpu.max": file("max 100000\n"),
		}, math.Inf(1)},
		{"own group", fstest.MapFS{
			"proc/self/cgroup":          file("0::/a/b\n"),
			"sys/fs/cgroup/a/b/cpu.max": file("150000 100000\n"),
		}, 1.5},
		{"a group above", fstest.MapFS{
			"proc/self/cgroup":          file("0::/a/b\n"),
			"sys/fs/cgroup/a/cpu.max":   file("50000 100000\n"),
			"sys/fs/cgroup/a/b/cpu.max": file("150000 100000\n"),
		}, 0.5},
		{"version 1", fstest.MapFS{
			"proc/self/cgroup":                        file("3:cpuset:/\n2:cpu,cpuacct:/docker/x\n"),
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":      file("400000\n"),
			"sys/fs/cgroup/cpu/cpu.cfs_period_us":     file("100000\n"),
			"sys/fs/cgroup/cpu/docker/cpu.cfs_us":     file("1\n"),
			"sys/fs/cgroup/cpu/x/cpu.cfs_quota_us":    file("1\n"),
			"sys/fs/cgroup/cpuset/cpu.cfs_quota_us":   file("1\n"),
			"sys/fs/cgroup/cpuset/cpu.cfs_period_us":  file("1\n"),
			"sys/fs/cgroup/cpuacct/cpu.cfs_period_us": file("1\n"),
		}, 4},
		{"version 1 without a limit", fstest.MapFS{
			"proc/self/cgroup":                    file("1:cpu:/\n"),
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":  file("-1\n"),
			"sys/fs/cgroup/cpu/cpu.cfs_period_us": file("100000\n"),
		}, math.Inf(1)},
		{"not a number", fstest.MapFS{
			"proc/self/cgroup":      file("rubbish\n0::/../..\n"),
			"sys/fs/cgroup/cpu.max": file("many few\n"),
		}, math.Inf(1)},
	}
	for _, tt := range tests {
		if got := cpuQuota(tt.fs); got != tt.want {
			t.Errorf("%s: %v cores, want %v", tt.name, got, tt.want)
		}
	}
}

func TestReadRunDelay(t *testing.T) {
	read := func(text string) (int64, error) {
		return readRunDelay(fstest.MapFS{"proc/self/schedstat": {Data: []byte(text)}})
	}
	if ns, err := read("123 456 7\n"); ns != 456 || err != nil {
		t.Errorf("%d, %v", ns, err)
	}
	for _, bad := range []string{"", "1 2", "0 0 0\n", "1 x 3\n", "1 -2 3\n"} {
		if _, err := read(bad); err == nil {
			t.Errorf("%q passed", bad)
		}
	}
	_, err := readRunDelay(fstest.MapFS{})
	if err == nil || err.Error() != "/proc/self/schedstat: file does not exist" {
		t.Errorf("no file: %v", err)
	}
}

func TestCheckDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "cache")
	if c := checkDir("cache", dir, 1, "hint"); c.State != ok || c.Hint != "" {
		t.Errorf("a new directory: %+v", c)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if c := checkDir("cache", dir, math.MaxUint64, "hint"); c.State != degraded || c.Hint == "" {
		t.Errorf("a full disk: %+v", c)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if c := checkDir("cache", file, 1, "hint"); c.State != missing || c.Hint == "" {
		t.Errorf("a file in its place: %+v", c)
	}
}

func TestExaminationStatus(t *testing.T) {
	tests := []struct {
		checks []check
		want   int
	}{
		{nil, 0},
		{[]check{{State: ok}, {State: ok}}, 0},
		{[]check{{State: degraded}, {State: ok}}, 1},
		{[]check{{State: missing}, {State: degraded}}, 2},
		{[]check{{State: missing, Optional: true}, {State: ok}}, 0},
		{[]check{{State: degraded}, {State: missing, Optional: true}}, 1},
	}
	for _, tt := range tests {
		x := examination{State: ok}
		for _, c := range tt.checks {
			x.State = worse(x.State, c)
		}
		if got := x.status(); got != tt.want {
			t.Errorf("%+v: status %d, want %d", tt.checks, got, tt.want)
		}
	}
}

// TestOverlayCheck builds and records for real where that is supported.
func TestOverlayCheck(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the Go runtime")
	}
	e := &env{stdout: new(strings.Builder), stderr: new(strings.Builder), environ: os.Environ()}
	d := &doctor{env: e, goEnv: func() (goEnv, error) { return askGo(t.Context(), e) }}
	c := checkOverlay(t.Context(), d)
	if c.State != ok && c.Hint == "" || c.Says == "" {
		t.Errorf("%+v", c)
	}
	if runtime.GOOS == "linux" && c.State != ok {
		t.Errorf("no overlay on linux: %+v", c)
	}
	d.found = []check{{Name: "build cache", State: missing}}
	if c := checkOverlay(t.Context(), d); c.State != degraded || !strings.HasPrefix(c.Says, "not tried") {
		t.Errorf("without a build cache: %+v", c)
	}
}

// TestNoGo: without a go command doctor says so, asks it nothing more, and
// tells that nothing can run.
func TestNoGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	status, stdout, _ := call(t, "", "doctor", "-json")
	var x examination
	if err := json.Unmarshal([]byte(stdout), &x); err != nil {
		t.Fatal(err)
	}
	if status != 2 || x.State != missing || x.Checks[0].State != missing ||
		!strings.Contains(x.Checks[0].Says, "no go command in PATH") {
		t.Errorf("status %d, %s", status, stdout)
	}
	for _, c := range x.Checks {
		if c.State != ok && c.Says == "" || strings.HasSuffix(c.Says, ".") {
			t.Errorf("%+v", c)
		}
	}
}

func TestDoctorIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, diagnostics strings.Builder
	status := run(ctx, &env{stdout: &out, stderr: &diagnostics, environ: os.Environ()}, []string{"doctor"})
	if status != 2 || out.String() != "" || diagnostics.String() != "trivet doctor: interrupted\n" {
		t.Errorf("status %d, %q, %q", status, out.String(), diagnostics.String())
	}
}
