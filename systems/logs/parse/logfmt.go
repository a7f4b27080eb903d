package parse

import (
	"bytes"

	"github.com/go-logfmt/logfmt"

	"github.com/trivet-go/trivet/systems/logs/event"
)

// logFmt is key=value pairs. A line counts as one only if all of it is pairs,
// and there are two at least: prose has no other way to be told apart.
type logFmt struct{}

func (*logFmt) Name() string { return "logfmt" }

func (*logFmt) Parse(e *event.Event) bool {
	if bytes.IndexByte(e.Line, '=') <= 0 {
		return false
	}
	d := logfmt.NewDecoderSize(bytes.NewReader(e.Line), len(e.Line)+1)
	if !d.ScanRecord() {
		return false
	}
	pairs := 0
	for d.ScanKeyval() {
		if d.Value() == nil {
			return false // a word alone
		}
		pairs++
		add(e, string(d.Key()), bytes.Clone(d.Value()))
	}
	return d.Err() == nil && pairs >= 2
}
