package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

var versionCommand = command{
	name:  "version",
	short: "print the version of trivet and of Go",
	usage: "trivet version",
	long:  "Version prints which trivet this is, and the Go release that built it.",
	run:   runVersion,
}

func runVersion(_ context.Context, e *env, args []string) int {
	own, _, status, done := e.parse(e.flags(), args)
	if done {
		return status
	}
	if err := e.noArguments(own); err != nil {
		return e.fail(err)
	}
	fmt.Fprintf(e.stdout, "trivet %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return exitFine
}

// version is the module version that the go command wrote into the binary,
// which since Go 1.24 is made from the tags and commits of a checkout too.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
