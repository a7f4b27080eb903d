// Command trivet tells why a Go program is or is not fast, and what more cores
// would bring.
//
// "trivet help" lists what it can do, and "trivet COMMAND -h" tells how, with
// examples. Each command is one file here, and one line in [commands].
//
// Exit status: 0 fine, 1 a threshold was missed or something works only in
// part, 2 it could not run.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// commands are all commands, in the order in which help lists them.
func commands() []command {
	return []command{
		explainCommand,
		demonsCommand,
		reviewCommand,
		lawCommand,
		whyCommand,
		chooseCommand,
		doctorCommand,
		versionCommand,
	}
}

func main() { os.Exit(realMain()) }

// realMain is main with its exit status returned, so that defers run.
func realMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal asks; with the handler gone a second one kills.
	context.AfterFunc(ctx, stop)
	return run(ctx, &env{
		stdin:   os.Stdin,
		stdout:  os.Stdout,
		stderr:  os.Stderr,
		environ: os.Environ(),
	}, os.Args[1:])
}
