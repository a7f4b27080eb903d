// Command ask measures how long searches take: it asks a running log search for
// six kinds of things in a log that gen has made, one search after the other, and
// tells how long half of them took at most, and 99 of 100.
//
//	go run ./systems/logs -in access.log -addr 127.0.0.1:8088    in one terminal
//	go run ./systems/logs/ask -addr 127.0.0.1:8088               in another
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/trivet-go/trivet/systems/logs/page"
)

var (
	things = strings.Fields("anchor basket candle door engine feather garden hammer island jacket kettle ladder mirror needle orange")
	kinds  = strings.Fields("red blue small large wooden steel old new cheap fine")
	places = strings.Fields("shop blog help account api static images search")
)

// kind is one kind of search.
type kind struct {
	name  string
	query func(*rand.Rand) string
}

func kindsOf(addresses []string) []kind {
	pick := func(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }
	return []kind{
		{"an address", func(r *rand.Rand) string { return "ip:" + pick(r, addresses) }},
		{"a path", func(r *rand.Rand) string {
			return fmt.Sprintf("path:/%s/%s-%s", pick(r, places), pick(r, kinds), pick(r, things))
		}},
		{"a rare status", func(*rand.Rand) string { return "status:500" }},
		{"a status and a word", func(r *rand.Rand) string { return fmt.Sprintf("+status:50%d +%s", r.IntN(5), pick(r, things)) }},
		{"three words", func(r *rand.Rand) string {
			return fmt.Sprintf("+%s +%s +%s", pick(r, kinds), pick(r, things), pick(r, places))
		}},
		{"one of two frequent words", func(r *rand.Rand) string { return pick(r, things) + " " + pick(r, kinds) }},
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8088", "`address` of the page")
	n := flag.Int("n", 100, "`searches` of each kind")
	seed := flag.Uint64("seed", 1, "the same `number` asks the same")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, "http://"+*addr, *n, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "ask:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, base string, n int, seed uint64) error {
	if n < 1 {
		return fmt.Errorf("-n %d: it must be positive", n)
	}
	some, err := ask(ctx, base, "status:200", 50)
	if err != nil {
		return err
	}
	var addresses []string
	for _, h := range some.Hits {
		address, _, _ := strings.Cut(h.Text, " ")
		addresses = append(addresses, address)
	}
	if len(addresses) == 0 {
		return fmt.Errorf("no line has status 200: is it a log of ./systems/logs/gen?")
	}
	r := rand.New(rand.NewPCG(seed, 0))
	fmt.Printf("%-27s %10s %10s %12s\n", "", "half, ms", "99 %, ms", "lines found")
	for _, k := range kindsOf(addresses) {
		took, found := make([]float64, n), make([]int64, n)
		for i := range n {
			start := time.Now()
			answer, err := ask(ctx, base, k.query(r), 20)
			if err != nil {
				return err
			}
			took[i], found[i] = float64(time.Since(start).Microseconds())/1000, answer.Total
		}
		slices.Sort(took)
		slices.Sort(found)
		fmt.Printf("%-27s %10.1f %10.1f %12d\n", k.name, took[n/2], took[n*99/100], found[n/2])
	}
	return nil
}

func ask(ctx context.Context, base, query string, size int) (page.Found, error) {
	var found page.Found
	params := url.Values{"q": {query}, "size": {fmt.Sprint(size)}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/search?"+params.Encode(), nil)
	if err != nil {
		return found, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return found, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return found, fmt.Errorf("%s: %s", query, response.Status)
	}
	return found, json.NewDecoder(response.Body).Decode(&found)
}
