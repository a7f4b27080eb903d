// Command mergesort, mended: the merges of a round do not depend on each other,
// and each has a goroutine. What stays serial is the last one, which is in the
// nature of merging in pairs.
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
	var wg sync.WaitGroup
	for i := range merged {
		if 2*i+1 == len(shares) {
			merged[i] = shares[2*i]
			continue
		}
		wg.Go(func() { merged[i] = merge(shares[2*i], shares[2*i+1]) })
	}
	wg.Wait()
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
