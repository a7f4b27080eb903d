package parse

import (
	"bytes"
	"time"

	"github.com/trivet-go/trivet/systems/logs/event"
)

// combined is the log format of that name, of nginx and Apache, and common,
// which is the same without referer and agent.
type combined struct {
	lastStamp []byte // a second has many lines: its time is parsed once
	lastTime  time.Time
}

func (*combined) Name() string { return "combined" }

func (c *combined) Parse(e *event.Event) bool {
	rest := e.Line
	ip, rest, ok := bytes.Cut(rest, []byte(" "))
	if !ok || len(ip) == 0 {
		return false
	}
	_, rest, ok = bytes.Cut(rest, []byte(" ")) // identd, which nobody runs
	if !ok {
		return false
	}
	user, rest, ok := bytes.Cut(rest, []byte(" ["))
	if !ok {
		return false
	}
	stamp, rest, ok := bytes.Cut(rest, []byte(`] "`))
	if !ok || !c.time(stamp) {
		return false
	}
	request, rest, ok := quoted(rest)
	if !ok || len(rest) == 0 || rest[0] != ' ' {
		return false
	}
	status, rest, _ := bytes.Cut(rest[1:], []byte(" "))
	size, rest, more := bytes.Cut(rest, []byte(" "))
	if len(status) != 3 || !digits(status) || !(digits(size) || string(size) == "-") {
		return false
	}
	e.Time = c.lastTime
	add := func(name string, value []byte) {
		if len(value) > 0 && string(value) != "-" {
			e.Fields = append(e.Fields, event.Field{Name: name, Value: value})
		}
	}
	add("ip", ip)
	add("user", user)
	if method, target, ok := bytes.Cut(request, []byte(" ")); ok {
		target, _, _ = bytes.Cut(target, []byte(" ")) // the protocol
		path, query, _ := bytes.Cut(target, []byte("?"))
		add("method", method)
		add("path", path)
		add("query", query)
	}
	add("status", status)
	add("bytes", size)
	if !more || len(rest) == 0 || rest[0] != '"' {
		return true // common
	}
	referer, rest, ok := quoted(rest[1:])
	if !ok {
		return true
	}
	add("referer", referer)
	if bytes.HasPrefix(rest, []byte(` "`)) {
		if agent, _, ok := quoted(rest[2:]); ok {
			add("agent", agent)
		}
	}
	return true
}

func (c *combined) time(stamp []byte) bool {
	if bytes.Equal(stamp, c.lastStamp) {
		return len(stamp) > 0
	}
	t, err := time.Parse("02/Jan/2006:15:04:05 -0700", string(stamp))
	if err != nil {
		return false
	}
	c.lastTime, c.lastStamp = t, append(c.lastStamp[:0], stamp...)
	return true
}

// quoted returns what comes before the closing quote, and what after it.
func quoted(b []byte) (text, rest []byte, ok bool) {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return b[:i], b[i+1:], true
		}
	}
	return nil, nil, false
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}
