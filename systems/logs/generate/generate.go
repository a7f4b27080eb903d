// Package generate makes access logs: the same seed makes the same lines, on
// every machine.
//
// They are as skewed as real ones: few pages get most of the requests, few
// visitors make most of them, at night there are fewer, and now and then the
// server has a bad minute with many errors.
package generate

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// Rules say what the log is like.
type Rules struct {
	Seed  uint64
	Start time.Time // of the log; zero means 2026-01-05 00:00 UTC, a Monday
	Every float64   // seconds from one request to the next on average; 0 means 0.05

	// Format is combined, json or logfmt; empty means combined.
	Format string

	// Broken is the share of lines that are not in that format, 0 to 1: cut
	// off, of another program, or binary.
	Broken float64
}

// Check reports what is wrong with the rules.
func (r Rules) Check() error {
	switch r.Format {
	case "", "combined", "json", "logfmt":
	default:
		return fmt.Errorf("generate: there is no format %q: use combined, json or logfmt", r.Format)
	}
	if !(r.Broken >= 0 && r.Broken <= 1) {
		return fmt.Errorf("generate: the share of broken lines is %v: it must be from 0 to 1", r.Broken)
	}
	if r.Every < 0 || math.IsNaN(r.Every) || math.IsInf(r.Every, 0) {
		return fmt.Errorf("generate: %v seconds between requests: it must be positive", r.Every)
	}
	return nil
}

// Lines yields lines for ever, each with its newline. A line is overwritten by
// the next one. The rules must be good, see [Rules.Check].
func Lines(rules Rules) iter.Seq[[]byte] {
	if err := rules.Check(); err != nil {
		panic(err)
	}
	return func(yield func([]byte) bool) {
		s := newSite(rules)
		for {
			s.next()
			if s.chance(rules.Broken) {
				s.broken()
			} else {
				s.write(&s.request)
			}
			if !yield(s.line) {
				return
			}
		}
	}
}

// A request is what one line tells.
type request struct {
	visitor, user, method, path, referer, agent string
	query                                       int
	status, bytes                               int
	seconds                                     float64
}

// site is the web site whose log this is.
type site struct {
	*rand.Rand
	rules    Rules
	now      time.Time
	badUntil time.Time
	pages    *rand.Zipf
	visitors *rand.Zipf

	request request
	line    []byte
}

func newSite(rules Rules) *site {
	if rules.Start.IsZero() {
		rules.Start = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	}
	if rules.Every == 0 {
		rules.Every = 0.05
	}
	r := rand.New(rand.NewPCG(rules.Seed, 0x5eed_10c5))
	return &site{
		Rand:     r,
		rules:    rules,
		now:      rules.Start,
		pages:    rand.NewZipf(r, 1.1, 8, 20_000),
		visitors: rand.NewZipf(r, 1.05, 50, 200_000),
	}
}

func (s *site) chance(p float64) bool { return p > 0 && s.Float64() < p }

// next makes up one more request.
func (s *site) next() {
	day := 1 + 0.8*math.Sin(2*math.Pi*(float64(s.now.Unix()%86400)/86400-0.25))
	s.now = s.now.Add(time.Duration(s.ExpFloat64() * s.rules.Every / day * float64(time.Second)))
	if s.chance(0.000_02) {
		s.badUntil = s.now.Add(time.Minute)
	}
	r := &s.request
	visitor := s.visitors.Uint64()
	r.visitor = address(visitor)
	r.agent = agents[visitor*2654435761%uint64(len(agents))]
	r.user = "-"
	if visitor%17 == 0 {
		r.user = users[visitor%uint64(len(users))]
	}
	page := s.pages.Uint64()
	r.method, r.path = "GET", path(page)
	if s.chance(0.06) {
		r.method = methods[s.IntN(len(methods))]
	}
	r.query = 0
	if s.chance(0.15) {
		r.query = 1 + s.IntN(5000)
	}
	r.referer = "-"
	if s.chance(0.6) {
		r.referer = "https://shop.example" + path(s.pages.Uint64())
	}
	r.status = s.status()
	r.bytes = 0
	if r.status == 200 {
		r.bytes = int(200 + s.ExpFloat64()*6000)
	}
	r.seconds = math.Round(1000*math.Exp(s.NormFloat64()*0.8-4)) / 1000
}

func (s *site) status() int {
	if s.now.Before(s.badUntil) && s.chance(0.4) {
		return [...]int{500, 502, 503, 504}[s.IntN(4)]
	}
	switch p := s.Float64(); {
	case p < 0.86:
		return 200
	case p < 0.93:
		return 304
	case p < 0.96:
		return 302
	case p < 0.99:
		return 404
	case p < 0.993:
		return 403
	case p < 0.998:
		return 401
	default:
		return 500
	}
}

// broken makes a line that no parser for the format takes.
func (s *site) broken() {
	s.write(&s.request)
	switch s.IntN(3) {
	case 0: // cut off, as when a disk was full
		s.line = append(s.line[:s.IntN(20)+8], '\n')
	case 1: // of another program
		s.line = fmt.Appendf(s.line[:0], "panic: runtime error: index out of range [%d] with length %d\n", s.IntN(100), s.IntN(10))
	default: // binary
		s.line = s.line[:0]
		for range 40 {
			s.line = append(s.line, byte(s.IntN(256))|0x80)
		}
		s.line = append(s.line, '\n')
	}
}

func (s *site) write(r *request) {
	b := s.line[:0]
	switch s.rules.Format {
	case "json":
		b = append(b, `{"time":"`...)
		b = s.now.AppendFormat(b, time.RFC3339Nano)
		b = append(b, `","ip":"`...)
		b = append(b, r.visitor...)
		b = append(b, `","user":"`...)
		b = append(b, r.user...)
		b = append(b, `","method":"`...)
		b = append(b, r.method...)
		b = append(b, `","path":"`...)
		b = r.appendTarget(b)
		b = append(b, `","status":`...)
		b = strconv.AppendInt(b, int64(r.status), 10)
		b = append(b, `,"bytes":`...)
		b = strconv.AppendInt(b, int64(r.bytes), 10)
		b = append(b, `,"duration":`...)
		b = strconv.AppendFloat(b, r.seconds, 'f', -1, 64)
		b = append(b, `,"referer":"`...)
		b = append(b, r.referer...)
		b = append(b, `","agent":"`...)
		b = append(b, r.agent...)
		b = append(b, "\"}\n"...)
	case "logfmt":
		b = append(b, "time="...)
		b = s.now.AppendFormat(b, time.RFC3339Nano)
		b = append(b, " ip="...)
		b = append(b, r.visitor...)
		b = append(b, " method="...)
		b = append(b, r.method...)
		b = append(b, ` path="`...)
		b = r.appendTarget(b)
		b = append(b, `" status=`...)
		b = strconv.AppendInt(b, int64(r.status), 10)
		b = append(b, " bytes="...)
		b = strconv.AppendInt(b, int64(r.bytes), 10)
		b = append(b, " duration="...)
		b = strconv.AppendFloat(b, r.seconds, 'f', -1, 64)
		b = append(b, ` agent="`...)
		b = append(b, r.agent...)
		b = append(b, "\"\n"...)
	default:
		b = append(b, r.visitor...)
		b = append(b, " - "...)
		b = append(b, r.user...)
		b = append(b, " ["...)
		b = s.now.AppendFormat(b, "02/Jan/2006:15:04:05 -0700")
		b = append(b, `] "`...)
		b = append(b, r.method...)
		b = append(b, ' ')
		b = r.appendTarget(b)
		b = append(b, ` HTTP/1.1" `...)
		b = strconv.AppendInt(b, int64(r.status), 10)
		b = append(b, ' ')
		b = strconv.AppendInt(b, int64(r.bytes), 10)
		b = append(b, ` "`...)
		b = append(b, r.referer...)
		b = append(b, `" "`...)
		b = append(b, r.agent...)
		b = append(b, "\"\n"...)
	}
	s.line = b
}

func (r *request) appendTarget(b []byte) []byte {
	b = append(b, r.path...)
	if r.query > 0 {
		b = append(b, "?item="...)
		b = strconv.AppendInt(b, int64(r.query), 10)
	}
	return b
}
