// Command handoff, mended: 64 files may wait between the stages, enough for one
// to work on while the other is busy with the largest.
package main

import (
	"bytes"
	"compress/flate"
	"flag"
	"fmt"
	"log"
	"strings"
	"sync"
	"text/scanner"

	"github.com/trivet-go/trivet/examples/internal/goroot"
)

var packages = flag.String("packages", "crypto,encoding,go,net", "what to send through, separated by commas")

// slack is how many files may wait between the stages.
const slack = 64

func main() {
	flag.Parse()
	files, err := goroot.Sources(strings.Split(*packages, ",")...)
	if err != nil {
		log.Fatal(err)
	}

	var total int
	var wg sync.WaitGroup
	between := make(chan []byte, slack)
	wg.Go(func() {
		defer close(between)
		for _, f := range files {
			between <- bare(f)
		}
	})
	wg.Go(func() {
		w, err := flate.NewWriter(nil, flate.BestSpeed)
		if err != nil {
			log.Fatal(err)
		}
		for text := range between {
			total += compressed(w, text)
		}
	})
	wg.Wait()
	fmt.Printf("%d files, %d bytes compressed\n", len(files), total)
}

// bare is a file's tokens, a blank between.
func bare(f goroot.File) []byte {
	var out bytes.Buffer
	var s scanner.Scanner
	s.Init(bytes.NewReader(f.Data))
	s.Error = func(*scanner.Scanner, string) {} // some test files are wrong on purpose
	for s.Scan() != scanner.EOF {
		out.WriteString(s.TokenText())
		out.WriteByte(' ')
	}
	return out.Bytes()
}

// compressed is the size of text once compressed by w.
func compressed(w *flate.Writer, text []byte) int {
	var out bytes.Buffer
	w.Reset(&out)
	w.Write(text) // a bytes.Buffer never fails
	w.Close()
	return out.Len()
}
