// Package overlay patches the installed Go's own sources at build time, so that
// a program's execution trace also holds what did not block.
//
// An ordinary trace shows a mutex only when somebody had to wait for it. What a
// program would do on more cores depends on all the other times too. So
// [Generate] writes changed copies of some files of runtime, sync,
// internal/sync, testing and runtime/trace, taken from the Go that will build the program, and
// an overlay.json for go build -overlay. Nothing of the user's changes: no
// source, no line number, no linker flag, and the Go installation stays as it
// is. A binary built so runs as before until the environment variable TRIVET
// ([Env]) asks for more:
//
//	tool, err := overlay.Find(ctx, dir, os.Environ())
//	files, err := overlay.Generate(ctx, tool, "")
//	// files.Go build -overlay=files.File -o prog ./cmd/prog, with files.Env
//	err = overlay.Verify("prog")
//	// run it with TRIVET=overlay.Env(overlay.Recording{File: "/tmp/prog.%p.trace"})
//
// The words used here: a site is a patched function, a hook is the call that
// was put there, an event is what the hook logs, a kind is what happened
// ([Lock], [Send] …). The events are user logs of the trace, so every reader of
// traces opens the file.
//
// # What is in a recording, and what is not
//
// Recording begins in the runtime before all package initialisers and ends when
// main returns, at os.Exit, at an uncaught panic, at an unhandled SIGINT,
// SIGTERM or SIGHUP, or at [Recording.For]; the exit status, the message and
// the signal that the process dies by stay what they were. Any other deadly
// signal, a fatal error of the runtime (concurrent map writes, all goroutines
// asleep) and an exit by C code leave a file that can be read up to its last whole batch.
// While a recording is on, the runtime does not notice that all goroutines are
// asleep, since tracing itself keeps a timer; and runtime/trace.Start reports
// that tracing is on already. The program's own tasks, regions and logs are in
// the recording.
//
// Not hooked: atomics, the runtime's own locks, the semaphores inside package
// internal/poll, timers other than time.Sleep. The sends of timers run on the
// system stack and are not logged.
//
// # Stacks
//
// Stacks of events, and of blocking in general, hold frames of the hooks: strip
// by name those whose last element begins with trivet or Trivet. Block and mutex
// profiles show such a frame too.
//
// # When a Go is not supported
//
// A function that is missing or has another signature would be patched blindly,
// so Generate refuses with an [UnsupportedError] that names all of them. A
// function whose body differs from those that somebody has read (known/*.txt)
// is patched and named in [Overlay.Warnings]. The overlay is for Linux.
package overlay
