// Command ask measures how long searches take: it asks a running log search for
// many kinds of things in a log that gen has made, one search after the other, and
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
		{"a rare word", func(r *rand.Rand) string { return fmt.Sprint(1 + r.IntN(5000)) }},
		{"a frequent word", func(r *rand.Rand) string { return pick(r, kinds) }},
		{"three words", func(r *rand.Rand) string {
			return fmt.Sprintf("+%s +%s +%s", pick(r, kinds), pick(r, things), pick(r, places))
		}},
		{"one of two frequent words", func(r *rand.Rand) string { return pick(r, things) + " " + pick(r, kinds) }},
		{"a phrase", func(r *rand.Rand) string { return fmt.Sprintf(`"%s %s"`, pick(r, kinds), pick(r, things)) }},
		{"a word like another", func(r *rand.Rand) string { return pick(r, things)[1:] + "~1" }},
		{"a pattern", func(r *rand.Rand) string { return pick(r, things)[:3] + "*" }},
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8088", "`address` of the page")
	n := flag.Int("n", 100, "`searches` of each kind")
	rank := flag.String("rank", "time", "`what` comes first: time, the newest lines; score, the best")
	seed := flag.Uint64("seed", 1, "the same `number` asks the same")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := server{"http://" + *addr, *rank}
	if err := s.measure(ctx, *n, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "ask:", err)
		os.Exit(1)
	}
}

// server is the log search that is asked.
type server struct{ address, rank string }

func (s *server) measure(ctx context.Context, n int, seed uint64) error {
	if n < 1 {
		return fmt.Errorf("-n %d: it must be positive", n)
	}
	some, err := s.ask(ctx, "status:200", 50)
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
	fmt.Printf("%-27s %10s %10s %14s\n", "", "half, ms", "99 %, ms", "lines found")
	for _, k := range kindsOf(addresses) {
		took, found, atLeast := make([]float64, n), make([]int64, n), ""
		for i := range n {
			start := time.Now()
			answer, err := s.ask(ctx, k.query(r), 20)
			if err != nil {
				return err
			}
			if len(answer.Missing) > 0 {
				return fmt.Errorf("an answer without %s", strings.Join(answer.Missing, ", "))
			}
			took[i], found[i] = float64(time.Since(start).Microseconds())/1000, answer.Total
			if answer.AtLeast {
				atLeast = "or more"
			}
		}
		slices.Sort(took)
		slices.Sort(found)
		fmt.Printf("%-27s %10.1f %10.1f %14d %s\n", k.name, took[n/2], took[n*99/100], found[n/2], atLeast)
	}
	return nil
}

func (s *server) ask(ctx context.Context, query string, size int) (page.Found, error) {
	var found page.Found
	params := url.Values{"q": {query}, "size": {fmt.Sprint(size)}, "rank": {s.rank}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+"/api/search?"+params.Encode(), nil)
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
