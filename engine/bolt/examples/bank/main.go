// Command bank makes transfers by the bank of examples/bank, with its data in a file;
// the process of the bank is killed at random moments, and started again, while they are
// under way.
//
//	go run ./engine/bolt/examples/bank                    20 kills in 1000 transfers
//	go run ./engine/bolt/examples/bank -file bank.db      and the bank stays there
//
// In the end every transfer is asked for once more: the answers must be the same as
// before. All the money must be there, and each transfer that somebody was told is done
// must be there exactly once.
//
// The grains are in the package examples/bank/ledger, which says why that is so; they
// are the same that are simulated there, and know nothing of files or processes. server.go
// is the bank: all that it takes is to give the system a store of package bolt. clients.go
// are those who want the transfers.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/trivet-go/trivet/engine/bolt"
	"github.com/trivet-go/trivet/examples/bank/ledger"
)

// settings are the flags.
type settings struct {
	kills, transfers, accountCount, atOnce int

	seed  uint64
	file  string
	fast  bool
	flaw  string
	json  bool
	serve bool
}

// The statuses with which the program ends.
const (
	statusWrong       = 1
	statusUsage       = 2
	statusInterrupted = 130
)

func main() { os.Exit(realMain()) }

// realMain is main with its exit status returned, so that defers run.
func realMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

const help = `bank makes transfers by a bank that has its data in a file, kills the bank's process
again and again meanwhile, and looks whether all the money is there, and every transfer.

  go run ./engine/bolt/examples/bank                          20 kills in 1000 transfers
  go run ./engine/bolt/examples/bank -kills 100 -fast         without waiting for the disk
  go run ./engine/bolt/examples/bank -file bank.db            again: all is there already
  go run ./engine/bolt/examples/bank -flaw forgetful          a bank that books again

It ends with status 1 if something is wrong, with 2 if a flag makes no sense, and with
130 if it was interrupted. With -file it goes on where it was when it is started again.

`

func parse(args []string, out io.Writer) (s settings, err error) {
	f := flag.NewFlagSet("bank", flag.ContinueOnError)
	f.SetOutput(io.Discard) // errors are told by run
	f.Usage = func() {}     // as is this
	f.IntVar(&s.kills, "kills", 20, "how many `times` to kill the bank")
	f.IntVar(&s.transfers, "transfers", 1000, "how `many` there are to be")
	f.IntVar(&s.accountCount, "accounts", 8, "how `many` there are")
	f.IntVar(&s.atOnce, "at-once", 16, "how `many` transfers are under way at the same time, up to 64")
	f.Uint64Var(&s.seed, "seed", 1, "another `number` makes other transfers")
	f.StringVar(&s.file, "file", "", "`where` the bank has its data; without it, in a temporary file")
	f.BoolVar(&s.fast, "fast", false, "let the bank survive kills only, not a loss of power: it does not wait for the disk")
	f.StringVar(&s.flaw, "flaw", "", "a `mistake` to be found: "+ledger.Forgetful)
	f.BoolVar(&s.json, "json", false, "print JSON")
	f.BoolVar(&s.serve, "serve", false, "be the bank: answer requests of standard input, until there are no more")
	err = f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, help)
		f.SetOutput(out)
		f.PrintDefaults()
	}
	if err != nil {
		return s, err
	}
	switch {
	case f.NArg() > 0:
		err = fmt.Errorf("what is %q? there are only flags", f.Arg(0))
	case s.kills < 0:
		err = errors.New("-kills is negative")
	case s.transfers < 1 || s.accountCount < 1:
		err = errors.New("-transfers and -accounts must be 1 or more")
	case s.atOnce < 1 || s.atOnce > atOnceAtMost:
		err = fmt.Errorf("-at-once must be 1 to %d", atOnceAtMost)
	case s.flaw != "" && s.flaw != ledger.Forgetful:
		err = fmt.Errorf("-flaw %s is unknown: there is %s", s.flaw, ledger.Forgetful)
	case s.serve && s.file == "":
		err = errors.New("-serve needs a -file")
	}
	return s, err
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s, err := parse(args, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "bank:", err)
		fmt.Fprintln(stderr, "hint: bank -h tells what there is")
		return statusUsage
	}
	if s.serve {
		err = s.beTheBank(stdin, stdout)
	} else {
		err = s.beTheClients(ctx, stdout, stderr)
	}
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "bank: interrupted")
		return statusInterrupted
	}
	fmt.Fprintln(stderr, "bank:", err)
	return statusWrong
}

// beTheBank serves. Where one presses ctrl-C both processes get the signal: it is for the
// clients, and the bank ends when they do.
func (s settings) beTheBank(in io.Reader, out io.Writer) error {
	signal.Ignore(os.Interrupt)
	ledger.Flaw = s.flaw
	rules := bolt.Rules{}
	if s.fast {
		rules.Survives = bolt.ProcessCrash
	}
	name := fmt.Sprintf("%d accounts, seed %d", s.accountCount, s.seed) // other ones are another bank
	return serve(context.Background(), s.file, name, rules, in, out)
}

// A report is what came of it.
type report struct {
	Done        int     `json:"done"`
	Refused     int     `json:"refused"` // for lack of money
	Kills       int     `json:"kills"`
	Seconds     float64 `json:"seconds"`
	Bytes       int64   `json:"bytes"` // of the file
	Interrupted bool    `json:"interrupted"`
	Error       string  `json:"error,omitempty"`
}

// beTheClients runs clients, and tells what came of it.
func (s settings) beTheClients(ctx context.Context, stdout, stderr io.Writer) (err error) {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	if s.file == "" {
		dir, err := os.MkdirTemp("", "bank")
		if err != nil {
			return err
		}
		s.file = filepath.Join(dir, "bank.db")
		defer os.RemoveAll(dir)
	}
	progress, clear := progressTo(stderr)
	c := s.clients(program, progress)
	begin := time.Now()
	err = c.run(ctx)
	clear()
	r := report{Done: len(c.done()), Kills: c.killed, Seconds: time.Since(begin).Seconds(), Interrupted: ctx.Err() != nil}
	r.Refused = len(c.told) - r.Done
	if info, err := os.Stat(s.file); err == nil {
		r.Bytes = info.Size()
	}
	if err != nil && ctx.Err() == nil {
		r.Error = err.Error()
	}
	return errors.Join(err, s.print(stdout, r))
}

// clients returns those of a bank that is started from this program.
func (s settings) clients(program string, progress func(*clients)) *clients {
	args := []string{"-serve", "-file", s.file, "-accounts", fmt.Sprint(s.accountCount), "-seed", fmt.Sprint(s.seed), "-flaw", s.flaw, fmt.Sprintf("-fast=%t", s.fast)}
	return &clients{
		settings: s,
		start:    func(ctx context.Context) (*process, error) { return startProcess(ctx, program, args...) },
		progress: progress,
		told:     map[string]bool{},
		accounts: map[string]ledger.Statement{},
	}
}

func (s settings) print(out io.Writer, r report) error {
	if s.json {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%d of %d transfers between %d accounts, %d at a time, in %.1f s: %d done, %d refused for lack of money\n",
		r.Done+r.Refused, s.transfers, s.accountCount, s.atOnce, r.Seconds, r.Done, r.Refused)
	fmt.Fprintf(w, "the bank was killed %d times; its file has %d kB\n", r.Kills, (r.Bytes+500)/1000)
	if r.Error == "" && !r.Interrupted {
		fmt.Fprintf(w, "asked again it gave the same answers; every transfer is there exactly once, and so are all %d of money\n", s.accountCount*opening)
	}
	return w.Flush()
}

// progressTo returns what tells on a terminal how far it is, and what clears that;
// elsewhere they do nothing.
func progressTo(w io.Writer) (progress func(*clients), clear func()) {
	f, ok := w.(*os.File)
	if !ok {
		return func(*clients) {}, func() {}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(*clients) {}, func() {}
	}
	var last time.Time
	progress = func(c *clients) {
		if time.Since(last) > 100*time.Millisecond {
			last = time.Now()
			fmt.Fprintf(f, "\r\x1b[K%d of %d transfers, %d of %d kills", len(c.told), c.transfers, c.killed, c.kills)
		}
	}
	return progress, func() { fmt.Fprint(f, "\r\x1b[K") }
}
