// Command bare finds exported functions that say nothing of themselves. Files
// pass through stages: one reads, one parses, and the last prints, each at its
// own speed. Files that cannot be parsed leave by another way.
package main

import (
	"context"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/trivet-go/trivet/flow/pipeline"
	"github.com/trivet-go/trivet/why/choose/programs/input"
)

var (
	readers = flag.Int("readers", 4, "files that are read at the same time")
	parsers = flag.Int("parsers", 8, "files that are parsed at the same time")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, args []string) error {
	files, err := input.Files(args, "net", ".go")
	if err != nil {
		return err
	}
	files = slices.DeleteFunc(files, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	r := check(ctx, files, os.Stdout)
	if err := r.Wait(); err != nil {
		return err
	}
	for _, s := range r.Stats() {
		busy, starved, backpressured := s.Shares()
		fmt.Printf("%-8s %6d in  %3.0f %% busy  %3.0f %% starved  %3.0f %% backpressured\n",
			s.Name, s.In, 100*busy, 100*starved, 100*backpressured)
	}
	return nil
}

// source is one file on its way.
type source struct {
	name string
	text []byte
}

// check is a run that writes what is wrong with files to out, in their order.
func check(ctx context.Context, files []string, out io.Writer) *pipeline.Results[struct{}] {
	sources := pipeline.Through(pipeline.FromSlice(files),
		pipeline.Stage{Name: "read", Workers: *readers, Ordered: true, Buffer: 64}, read)
	found, broken := pipeline.Divert(sources,
		pipeline.Stage{Name: "parse", Workers: *parsers, Ordered: true, Buffer: 64}, bare)
	return pipeline.Run(ctx,
		pipeline.Into(found, pipeline.Stage{Name: "print"}, func(_ context.Context, lines []string) error {
			for _, line := range lines {
				if _, err := fmt.Fprintln(out, line); err != nil {
					return err
				}
			}
			return nil
		}),
		pipeline.Into(broken, pipeline.Stage{Name: "broken"}, func(_ context.Context, f pipeline.Failed[source]) error {
			log.Print(f.Err)
			return nil
		}))
}

func read(_ context.Context, name string) (source, error) {
	text, err := os.ReadFile(name)
	return source{name, text}, err
}

// bare lists the exported functions of a file that have no comment.
func bare(_ context.Context, src source) (lines []string, err error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, src.name, src.text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if ok && f.Recv == nil && f.Doc == nil && f.Name.IsExported() {
			lines = append(lines, fmt.Sprintf("%s: %s", files.Position(f.Pos()), f.Name.Name))
		}
	}
	return lines, nil
}
