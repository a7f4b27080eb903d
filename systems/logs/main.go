// Command logs reads logs, indexes them, and lets you search them, all in one
// process:
//
//	go run ./systems/logs -in 'access*.log'                      then open the address that it prints
//	go run ./systems/logs -in /var/log/dpkg.log -q 'install'     the newest lines, and done
//	tail -f app.log | go run ./systems/logs -in -
//
// See the README beside this file for how it is built and why.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/trivet-go/trivet/flow/scatter"
	"github.com/trivet-go/trivet/systems/logs/index"
	"github.com/trivet-go/trivet/systems/logs/ingest"
	"github.com/trivet-go/trivet/systems/logs/page"
	"github.com/trivet-go/trivet/systems/logs/parse"
	"github.com/trivet-go/trivet/systems/logs/read"
	"github.com/trivet-go/trivet/task/limit"
	"github.com/trivet-go/trivet/task/scoped"
)

// settings are the flags.
type settings struct {
	in      []string
	parse   parse.Rules
	maxLine int
	shards  int
	dir     string
	dead    string

	query   string
	order   index.Order
	size    int
	countTo int64
	json    bool
	once    bool

	addr    string
	timeout time.Duration
}

// usageError is the user's mistake.
type usageError struct{ error }

func main() {
	useMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process
	err := run(ctx, os.Args[1:])
	var usage usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, "logs:", err)
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "logs:", err)
		os.Exit(1)
	}
}

// useMemory lets garbage lie longer than Go does by itself, which saves a fifth of
// the time that indexing takes, as long as there is not much. GOGC and
// GOMEMLIMIT have precedence.
func useMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(640 << 20)
	}
}

const help = `logs reads logs, indexes them, and lets you search them.

  logs -in 'access*.log'                    and open the page
  logs -in app.json -in old.log.gz -q 'level:error "connection refused"'
  tail -f app.log | logs -in -

`

func parseFlags(args []string) (s settings, err error) {
	f := flag.NewFlagSet("logs", flag.ContinueOnError)
	f.SetOutput(io.Discard) // errors are told by main
	f.Func("in", "`file`, glob, or - for standard input; may be given again", func(v string) error {
		s.in = append(s.in, v)
		return nil
	})
	f.StringVar(&s.parse.Format, "format", "auto", strings.Join(parse.Formats, ", "))
	f.StringVar(&s.parse.Grok, "grok", "", "`pattern` of lines, such as '%{IP:ip} %{WORD:method}'")
	f.IntVar(&s.maxLine, "max-line", read.DefaultMaxLine, "longer lines become dead letters; in `bytes`")
	f.IntVar(&s.shards, "shards", runtime.GOMAXPROCS(0), "`parts` of the index")
	f.StringVar(&s.dir, "dir", "", "new `folder` for the index, which stays; without it a temporary one")
	f.StringVar(&s.dead, "dead", "dead-letters.jsonl", "`file` for lines that cannot be indexed; made, or added to, when there is one")
	f.StringVar(&s.query, "q", "", "search for this when all is read, print what is found, and end")
	f.Func("rank", "with -q `time` puts the newest lines first, and is the default; score the best, and takes longer", func(v string) (err error) {
		s.order, err = index.ParseOrder(v)
		return err
	})
	f.IntVar(&s.size, "n", 10, "`lines` to print with -q")
	f.Int64Var(&s.countTo, "count", page.CountTo, "count to so many `lines` where that takes long, as of patterns and phrases; 0: all")
	f.BoolVar(&s.json, "json", false, "print JSON with -q or -once")
	f.BoolVar(&s.once, "once", false, "end when all is read")
	f.StringVar(&s.addr, "addr", "127.0.0.1:8088", "`address` of the page")
	f.DurationVar(&s.timeout, "timeout", 10*time.Second, "longest `time` of a search, and of waiting for its turn")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(help)
		f.SetOutput(os.Stdout)
		f.PrintDefaults()
		return s, err
	case err != nil:
		return s, usageError{fmt.Errorf("%w: -h tells what there is", err)}
	}
	s.in = append(s.in, f.Args()...)
	switch {
	case s.shards < 1 || s.shards > 256:
		err = fmt.Errorf("-shards %d: it must be from 1 to 256", s.shards)
	case s.maxLine < 1:
		err = fmt.Errorf("-max-line %d: it must be positive", s.maxLine)
	case s.size < 0 || s.size > index.MaxSize:
		err = fmt.Errorf("-n %d: it must be from 0 to %d", s.size, index.MaxSize)
	case s.countTo < 0:
		err = fmt.Errorf("-count %d: it must not be negative", s.countTo)
	case s.timeout <= 0:
		err = fmt.Errorf("-timeout %v: it must be positive", s.timeout)
	}
	if err != nil {
		err = usageError{err}
	}
	return s, err
}

func run(ctx context.Context, args []string) (err error) {
	s, err := parseFlags(args)
	if err != nil {
		return err
	}
	sources, err := read.Sources(s.in...)
	if err != nil {
		return usageError{err}
	}
	if folders := read.Folders(s.in...); len(folders) > 0 {
		fmt.Fprintln(os.Stderr, "logs: folders are not read:", printable(strings.Join(folders, ", ")))
	}
	dir := s.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "trivet-logs-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	x, err := index.Create(dir, index.Rules{Shards: s.shards, Gather: scatter.Rules{Deadline: s.timeout / 2, Partial: 1}}) // of each of two rounds
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	search := index.Query{Text: s.query, Order: s.order, Size: s.size, CountTo: s.countTo}
	if err := x.Check(search); err != nil { // before all is read
		return usageError{err}
	}
	letters := &lazyFile{name: s.dead}
	defer func() { err = errors.Join(err, letters.Close()) }()

	reader := &read.Reader{Sources: sources, MaxLine: s.maxLine}
	dead := ingest.NewDeadLetters(letters)
	in, err := ingest.New(reader, x, ingest.Rules{Parse: s.parse, Dead: dead})
	if err != nil {
		return usageError{err}
	}
	p := &page.Page{Index: x, Ingest: in, Dead: dead, Sources: sources, Searches: limit.New(2 * runtime.GOMAXPROCS(0)), Wait: s.timeout}
	if s.query != "" || s.once {
		return s.answer(ctx, p, reader, search)
	}
	return s.serve(ctx, p, reader)
}

// answer reads all, searches, and prints.
func (s *settings) answer(ctx context.Context, p *page.Page, reader *read.Reader, search index.Query) error {
	unread := fill(ctx, p.Ingest, reader)
	s.tellDead(os.Stderr, p.Dead)
	if !p.Ingest.Complete() {
		return unread
	}
	if s.query == "" {
		return errors.Join(printCounts(os.Stdout, p.Ingest, s.json), unread)
	}
	found, err := p.Search(ctx, search)
	if errors.Is(err, index.ErrQuery) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	for _, note := range found.Notes {
		fmt.Fprintln(os.Stderr, "logs:", printable(note))
	}
	return errors.Join(printFound(os.Stdout, found, s.json), unread)
}

// serve shows the page while it reads, and until ctx is done.
func (s *settings) serve(ctx context.Context, p *page.Page, reader *read.Reader) error {
	server, err := listen(ctx, s.addr, p.Handler())
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "logs: the page is at http://%s/ while this runs; Ctrl-C ends it\n", server.addr)
	var unread error
	err = scoped.Run(ctx, func(g *scoped.Group) error {
		g.Go(server.run)
		g.Go(func(ctx context.Context) error {
			err := fill(ctx, p.Ingest, reader)
			s.tellDead(os.Stderr, p.Dead)
			if ctx.Err() != nil {
				return err
			}
			if err != nil { // what has been indexed can be searched all the same
				fmt.Fprintln(os.Stderr, "logs:", err)
				unread = err
				return nil
			}
			return printCounts(os.Stderr, p.Ingest, false)
		})
		return nil
	})
	switch {
	case ctx.Err() == nil:
		return errors.Join(err, unread)
	case !p.Ingest.Complete():
		c := p.Ingest.Counts()
		return fmt.Errorf("stopped before all was read: %d lines are indexed, more were not read", c.Indexed)
	default:
		return unread
	}
}
