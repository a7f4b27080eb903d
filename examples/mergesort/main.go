// Command mergesort sorts all words of some Go packages: in shares, a goroutine
// each, and then merges the sorted shares in pairs until one is left.
//
// The flaw: the shares are sorted side by side, but merged one pair after the
// other in a single goroutine. However many cores sort, the merging stays.
//
// What trivet explain should say: serial-merge; the critical path runs through
// merge, and the speed-up ends where Amdahl's law puts it.
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"hash/crc32"
	"log"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/trivet-go/trivet/examples/internal/goroot"
)

var (
	workers  = flag.Int("workers", 8, "shares that are sorted side by side")
	packages = flag.String("packages", "fmt,go,net", "whose words to sort, separated by commas")
)

func main() {
	flag.Parse()
	files, err := goroot.Sources(strings.Split(*packages, ",")...)
	if err != nil {
		log.Fatal(err)
	}

	shares := make([][]string, *workers)
	var wg sync.WaitGroup
	for i := range shares {
		wg.Go(func() {
			shares[i] = words(files[i*len(files) / *workers : (i+1)*len(files) / *workers])
			slices.Sort(shares[i])
		})
	}
	wg.Wait()
	for len(shares) > 1 {
		shares = mergePairs(shares)
	}

	sum := crc32.ChecksumIEEE([]byte(strings.Join(shares[0], " ")))
	fmt.Printf("%d words sorted, checksum %08x\n", len(shares[0]), sum)
}

// words is every word of the files, in the order in which they stand.
func words(files []goroot.File) []string {
	var all []string
	for _, f := range files {
		for word := range bytes.FieldsFuncSeq(f.Data, notLetter) {
			all = append(all, string(word))
		}
	}
	return all
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// mergePairs merges the first sorted share with the second, the third with the
// fourth, and so on.
func mergePairs(shares [][]string) [][]string {
	merged := make([][]string, (len(shares)+1)/2)
	for i := range merged {
		if 2*i+1 == len(shares) {
			merged[i] = shares[2*i]
			continue
		}
		merged[i] = merge(shares[2*i], shares[2*i+1])
	}
	return merged
}

func merge[T cmp.Ordered](a, b []T) []T {
	merged := make([]T, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if b[0] < a[0] {
			merged, b = append(merged, b[0]), b[1:]
		} else {
			merged, a = append(merged, a[0]), a[1:]
		}
	}
	return append(append(merged, a...), b...)
}
