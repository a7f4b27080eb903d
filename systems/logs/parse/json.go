package parse

import (
	"bytes"
	"strings"

	"github.com/valyala/fastjson"

	"github.com/trivet-go/trivet/systems/logs/event"
)

// jsonObject is one JSON object a line. Members of objects inside get names with
// dots; the elements of arrays all have the name of the array.
type jsonObject struct{ parser fastjson.Parser }

func newJSON() Parser { return &jsonObject{} }

func (*jsonObject) Name() string { return "json" }

func (j *jsonObject) Parse(e *event.Event) bool {
	if line := bytes.TrimLeft(e.Line, " \t"); len(line) == 0 || line[0] != '{' {
		return false
	}
	v, err := j.parser.ParseBytes(e.Line)
	if err != nil || v.Type() != fastjson.TypeObject {
		return false
	}
	addJSON(e, "", v)
	return true
}

func addJSON(e *event.Event, name string, v *fastjson.Value) {
	switch v.Type() {
	case fastjson.TypeObject:
		object := v.GetObject()
		object.Visit(func(key []byte, v *fastjson.Value) {
			inner := string(key)
			if name != "" {
				inner = name + "." + inner
			}
			addJSON(e, inner, v)
		})
	case fastjson.TypeArray:
		for _, v := range v.GetArray() {
			addJSON(e, name, v)
		}
	case fastjson.TypeString:
		add(e, name, bytes.Clone(v.GetStringBytes())) // the parser uses the memory again
	case fastjson.TypeNull:
	default:
		add(e, name, v.MarshalTo(nil))
	}
}

// add adds a field, and finds out whether it is the time.
func add(e *event.Event, name string, value []byte) {
	if e.Time.IsZero() && timeNames[strings.ToLower(name)] {
		if t, ok := parseTime(value); ok {
			e.Time = t
			return
		}
	}
	e.Fields = append(e.Fields, event.Field{Name: name, Value: value})
}
