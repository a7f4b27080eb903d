package overlay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Find tells which Go the command "go" would use in dir, with the environment
// env (nil: this process's): go.mod's toolchain line, go.work, GOTOOLCHAIN and
// GOFLAGS count. Build tags that are given to go build as arguments are the
// caller's to add.
func Find(ctx context.Context, dir string, env []string) (Toolchain, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "-json", "GOROOT", "GOVERSION", "GOOS", "GOARCH", "CGO_ENABLED", "GOFLAGS", "GOMODCACHE")
	cmd.Dir, cmd.Env = dir, env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return Toolchain{}, fmt.Errorf("no go command in PATH: install Go from https://go.dev/dl: %w", err)
	}
	if err != nil {
		return Toolchain{}, fmt.Errorf("go env in %s: %w: %s", dir, err, bytes.TrimSpace(stderr.Bytes()))
	}
	var v struct{ GOROOT, GOVERSION, GOOS, GOARCH, CGO_ENABLED, GOFLAGS, GOMODCACHE string }
	if err := json.Unmarshal(out, &v); err != nil {
		return Toolchain{}, fmt.Errorf("go env in %s: %w", dir, err)
	}
	return Toolchain{
		GOROOT: v.GOROOT, Version: v.GOVERSION, GOOS: v.GOOS, GOARCH: v.GOARCH,
		Tags: flagTags(v.GOFLAGS), CGO: v.CGO_ENABLED == "1",
		ModCache: v.GOMODCACHE,
	}, nil
}

// flagTags are the build tags that GOFLAGS sets.
func flagTags(flags string) []string {
	var tags []string
	for _, f := range strings.Fields(flags) {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(f, "-"), "-"), "=")
		switch {
		case name == "tags":
			tags = append(tags, strings.Split(value, ",")...)
		case name == "race" && value != "false", name == "msan" && value != "false", name == "asan" && value != "false":
			tags = append(tags, name)
		}
	}
	return tags
}

// readFile is os.ReadFile with an error that says what was wanted.
func readFile(name string) ([]byte, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the standard library: %w", err)
	}
	return text, nil
}
