package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/trivet-go/trivet/internal/show"
)

// checkCores tells how many cores can be used, which is what the kernel lets
// this process run on, less what a container's quota takes away.
func checkCores(_ context.Context, d *doctor) check {
	c := check{Name: "cores", State: ok}
	cores, quota := runtime.NumCPU(), math.Inf(1)
	if runtime.GOOS == "linux" {
		quota = cpuQuota(os.DirFS("/"))
	}
	c.Says = coresText(cores)
	if !math.IsInf(quota, 1) {
		c.Says += fmt.Sprintf(", of which the container's quota allows %.3g", quota)
	}
	if p := d.env.getenv("GOMAXPROCS"); p != "" {
		c.Says += fmt.Sprintf("; GOMAXPROCS=%s in the environment", p)
	} else if p := runtime.GOMAXPROCS(0); p != cores {
		c.Says += fmt.Sprintf("; Go uses %d", p)
	}
	if cores < 2 || quota < 2 {
		c.State = degraded
		c.Hint = "with less than two cores nothing can be measured in parallel: forecasts come from one core only, and cache effects stay unseen"
	}
	return c
}

// cpuQuota is the number of cores that the control groups above this process
// allow, +Inf without a quota. Version 2 has cpu.max in every group up to the
// root, version 1 cpu.cfs_quota_us and cpu.cfs_period_us.
func cpuQuota(root fs.FS) float64 {
	quota := math.Inf(1)
	groups, _ := fs.ReadFile(root, "proc/self/cgroup")
	for line := range strings.Lines(string(groups)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) < 3 {
			continue
		}
		controllers, group := fields[1], path.Clean("/"+fields[2])
		for {
			switch {
			case controllers == "":
				quota = min(quota, quotaV2(root, group))
			case strings.Contains(","+controllers+",", ",cpu,"):
				quota = min(quota, quotaV1(root, group))
			}
			if group == "/" {
				break
			}
			group = path.Dir(group)
		}
	}
	return quota
}

func quotaV2(root fs.FS, group string) float64 {
	text, _ := fs.ReadFile(root, path.Join("sys/fs/cgroup", group, "cpu.max"))
	fields := strings.Fields(string(text))
	if len(fields) != 2 {
		return math.Inf(1)
	}
	return quotient(fields[0], fields[1])
}

func quotaV1(root fs.FS, group string) float64 {
	dir := path.Join("sys/fs/cgroup/cpu", group)
	quota, _ := fs.ReadFile(root, path.Join(dir, "cpu.cfs_quota_us"))
	period, _ := fs.ReadFile(root, path.Join(dir, "cpu.cfs_period_us"))
	return quotient(strings.TrimSpace(string(quota)), strings.TrimSpace(string(period)))
}

// quotient is the quota in cores; +Inf for "max", for -1 and for no number.
func quotient(quota, period string) float64 {
	q, errQuota := strconv.ParseFloat(quota, 64)
	p, errPeriod := strconv.ParseFloat(period, 64)
	if errQuota != nil || errPeriod != nil || q <= 0 || p <= 0 {
		return math.Inf(1)
	}
	return q / p
}

// checkPreemption asks whether the kernel tells how long it let a thread wait
// for a core. Without it such waiting looks like work of the program.
func checkPreemption(context.Context, *doctor) check {
	c := check{Name: "run delay"}
	if runtime.GOOS != "linux" {
		c.State = degraded
		c.Says = fmt.Sprintf("%s does not tell when it takes a core away from a program", runtime.GOOS)
		c.Hint = "measure on an otherwise idle machine: what other programs take looks like work of yours"
		return c
	}
	delay, err := readRunDelay(os.DirFS("/"))
	if err != nil {
		c.State, c.Says = degraded, fmt.Sprintf("the kernel does not tell when it takes a core away: %v", err)
		c.Hint = "measure on an otherwise idle machine, or use a kernel with CONFIG_SCHED_INFO"
		return c
	}
	c.State = ok
	c.Says = fmt.Sprintf("the kernel tells when it takes a core away (%s from this command so far)", show.Seconds(float64(delay)/1e9))
	return c
}

// readRunDelay reads how long this process's first thread waited for a core,
// in nanoseconds. The file holds running time, waiting time and time slices.
func readRunDelay(root fs.FS) (nanoseconds int64, err error) {
	text, err := fs.ReadFile(root, "proc/self/schedstat")
	if err != nil {
		return 0, fmt.Errorf("/proc/self/schedstat: %w", cause(err))
	}
	fields := strings.Fields(string(text))
	if len(fields) != 3 {
		return 0, errors.New("/proc/self/schedstat has no three numbers")
	}
	if fields[2] == "0" {
		return 0, errors.New("/proc/self/schedstat counts nothing")
	}
	nanoseconds, err = strconv.ParseInt(fields[1], 10, 64)
	if err != nil || nanoseconds < 0 {
		return 0, fmt.Errorf("/proc/self/schedstat has no waiting time but %q", fields[1])
	}
	return nanoseconds, nil
}

func checkTerminal(_ context.Context, d *doctor) check {
	c := check{Name: "terminal", State: ok, Optional: true}
	t := d.env.terminal()
	switch {
	case t.Styled:
		c.Says = fmt.Sprintf("%d columns, with emphasis", t.Width)
	case t.Interactive:
		c.Says = fmt.Sprintf("%d columns, without emphasis (NO_COLOR)", t.Width)
	default:
		c.Says = "output is no terminal: it is plain, and no progress is shown"
	}
	if !t.UTF8 {
		c.Says += "; drawings are made of ASCII"
		c.Hint = "for finer bars set LANG to a UTF-8 locale, such as C.UTF-8"
	}
	return c
}

// checkTrivetCache looks at the directory where the overlay is kept.
func checkTrivetCache(context.Context, *doctor) check {
	const hint = "set XDG_CACHE_HOME, or HOME, to a directory with room"
	dir, err := os.UserCacheDir()
	if err != nil {
		return check{Name: "trivet cache", State: missing, Says: err.Error(), Hint: hint}
	}
	const generated = 50e6 // bytes: the overlay's files for some Go releases
	return checkDir("trivet cache", filepath.Join(dir, "trivet"), generated, hint)
}

func checkBuildCache(_ context.Context, d *doctor) check {
	g, err := d.goEnv()
	if err != nil {
		return check{Name: "build cache", State: missing, Says: "not looked for: there is no go command to ask where it is"}
	}
	const instrumented = 500e6 // bytes: the standard library built once more
	return checkDir("build cache", g.GOCACHE, instrumented, "set GOCACHE to a directory with room, or run go clean -cache")
}

// checkDir says whether a directory can be written to and has room.
func checkDir(name, dir string, room uint64, hint string) check {
	c := check{Name: name, State: missing, Hint: hint}
	if err := tryWrite(dir); err != nil {
		c.Says = fmt.Sprintf("%s cannot be written to: %v", dir, cause(err))
		return c
	}
	free, err := freeSpace(dir)
	switch {
	case err != nil:
		c.State, c.Says, c.Hint = ok, fmt.Sprintf("%s, free space unknown", dir), ""
	case free < room:
		c.State, c.Says = degraded, fmt.Sprintf("%s has %s free, and may need %s", dir, show.Bytes(int64(free)), show.Bytes(int64(room)))
	default:
		c.State, c.Says, c.Hint = ok, fmt.Sprintf("%s, %s free", dir, show.Bytes(int64(min(free, math.MaxInt64)))), ""
	}
	return c
}

// cause is an error without the operation and the path.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func tryWrite(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "doctor-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString("room?")
	return errors.Join(err, f.Close())
}
