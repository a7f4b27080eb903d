// Slots parses Go files, a goroutine each, under a limit on how many syntax
// trees may be built at a time.
//
// The flaw: the limit is one. It was chosen to spare memory, although hundreds of
// such trees would fit, and it makes a queue of the program.
//
// What trivet explain should say: narrow-limit, at the line that takes a slot;
// with more slots nearly N times faster on N cores.
package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/trivet-go/trivet/examples/internal/goroot"
)

var packages = flag.String("packages", "crypto,encoding,go,net", "what to parse, separated by commas")

// slots is how many files may be parsed at a time.
const slots = 1

func main() {
	flag.Parse()
	files, err := goroot.Sources(strings.Split(*packages, ",")...)
	if err != nil {
		log.Fatal(err)
	}

	var total atomic.Int64
	var wg sync.WaitGroup
	free := make(chan struct{}, slots)
	for _, f := range files {
		wg.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			total.Add(int64(nodes(f)))
		})
	}
	wg.Wait()
	fmt.Printf("%d files, %d syntax nodes\n", len(files), total.Load())
}

// nodes counts the nodes of a file's syntax tree.
func nodes(f goroot.File) int {
	tree, err := parser.ParseFile(token.NewFileSet(), f.Name, f.Data, parser.ParseComments)
	if err != nil {
		log.Fatal(err)
	}
	n := 0
	ast.Inspect(tree, func(node ast.Node) bool {
		if node != nil {
			n++
		}
		return true
	})
	return n
}
