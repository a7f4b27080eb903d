// Command handoff sends Go files through two stages: one cuts them into tokens,
// the other compresses what is left without comments and blanks.
//
// The flaw: the channel between has no buffer. Files differ much in size, so now
// the first stage waits with a small file until a large one is compressed, now
// the second waits for a large one to be cut. On the whole both stages need the
// same time; a buffer would let one run ahead.
//
// What trivet explain should say: unbuffered-stage, at the channel; room for some
// values buys what the waiting costs.
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
const slack = 0

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
