package trivet_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trivet-go/trivet"
)

func TestOverflowText(t *testing.T) {
	for o := trivet.Block; o <= trivet.Divert; o++ {
		text, err := o.MarshalText()
		if err != nil || string(text) != o.String() {
			t.Errorf("%v: MarshalText = %q, %v", o, text, err)
		}
		back := trivet.Overflow(99)
		if err := back.UnmarshalText(text); err != nil || back != o {
			t.Errorf("%q read back as %v, %v", text, back, err)
		}
	}
	unknown := trivet.Divert + 1
	if got := unknown.String(); got != "overflow(5)" {
		t.Errorf("String of an unknown policy = %q", got)
	}
	if _, err := unknown.MarshalText(); err == nil {
		t.Error("MarshalText took an unknown policy")
	}
	var o trivet.Overflow
	err := o.UnmarshalText([]byte("panic"))
	if err == nil || !strings.Contains(err.Error(), "drop-newest") {
		t.Errorf("error for an unknown name does not list the known ones: %v", err)
	}
}

// Every field of Hooks must be composed: a field that compose forgets is lost
// without a sound. Filling the struct by reflection catches fields to come.
func TestHooksComposeEveryField(t *testing.T) {
	var calls []string
	recorder := func(who string) *trivet.Hooks {
		h := new(trivet.Hooks)
		v := reflect.ValueOf(h).Elem()
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			v.Field(i).Set(reflect.MakeFunc(v.Field(i).Type(), func([]reflect.Value) []reflect.Value {
				calls = append(calls, who+" "+name)
				return nil
			}))
		}
		return h
	}
	outer := trivet.WithHooks(context.Background(), recorder("outer"))
	for _, c := range []struct {
		who  string
		ctx  context.Context
		want []string
	}{
		{"one", outer, []string{"outer"}},
		{"two", trivet.WithHooks(outer, recorder("inner")), []string{"inner", "outer"}},
		{"empty inner", trivet.WithHooks(outer, new(trivet.Hooks)), []string{"outer"}},
		{"none", context.Background(), nil},
	} {
		v := reflect.ValueOf(trivet.HooksFrom(c.ctx)).Elem()
		for i := range v.NumField() {
			calls = nil
			f := v.Field(i)
			if !f.IsNil() {
				f.Call([]reflect.Value{reflect.Zero(f.Type().In(0))})
			}
			var want []string
			for _, who := range c.want {
				want = append(want, who+" "+v.Type().Field(i).Name)
			}
			if !reflect.DeepEqual(calls, want) {
				t.Errorf("%s: calls %q, want %q", c.who, calls, want)
			}
		}
	}
}

// The same Hooks twice, or changed afterwards, must not end in a loop or leak
// into a context that has them already.
func TestHooksAreCopied(t *testing.T) {
	n := 0
	h := &trivet.Hooks{TaskStart: func(trivet.TaskStartInfo) { n++ }}
	ctx := trivet.WithHooks(trivet.WithHooks(context.Background(), h), h)
	h.TaskStart = func(trivet.TaskStartInfo) { n += 100 }
	trivet.HooksFrom(ctx).TaskStart(trivet.TaskStartInfo{})
	if n != 2 {
		t.Errorf("n = %d, want 2", n)
	}
}

func TestPanicErrorText(t *testing.T) {
	p := &trivet.PanicError{
		Value: "no plates",
		Stack: []byte("goroutine 7 [running]:\nkitchen.serve(...)\n"),
		Also:  errors.Join(io.ErrUnexpectedEOF, fs.ErrClosed),
	}
	text := p.Error()
	if first, _, _ := strings.Cut(text, "\n"); first != "panic: no plates" {
		t.Errorf("first line %q", first)
	}
	for _, want := range []string{"kitchen.serve", "unexpected EOF", "file already closed"} {
		if !strings.Contains(text, want) {
			t.Errorf("text lacks %q:\n%s", want, text)
		}
	}
}

func TestPanicErrorUnwrap(t *testing.T) {
	p := &trivet.PanicError{Value: io.ErrClosedPipe, Also: &trivet.StuckError{Name: "group"}}
	var stuck *trivet.StuckError
	if !errors.Is(p, io.ErrClosedPipe) || !errors.As(p, &stuck) {
		t.Errorf("value or siblings not found in %v", p)
	}
	if plain := (&trivet.PanicError{Value: 42}); len(plain.Unwrap()) != 0 {
		t.Errorf("Unwrap of a plain value = %v", plain.Unwrap())
	}
}

func TestStuckErrorText(t *testing.T) {
	err := &trivet.StuckError{Name: "thumbs", Func: "main.resize (resize.go:42)", After: 10 * time.Second}
	want := "thumbs: main.resize (resize.go:42) still runs 10s after its context was done: it must watch ctx.Done()"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestProgressInfo(t *testing.T) {
	for _, c := range []struct {
		p    trivet.ProgressInfo
		rate float64
		left time.Duration
	}{
		{trivet.ProgressInfo{}, 0, 0},
		{trivet.ProgressInfo{Done: 10, Elapsed: 2 * time.Second}, 5, 0},
		{trivet.ProgressInfo{Done: 10, Total: 40, Elapsed: 2 * time.Second}, 5, 6 * time.Second},
		{trivet.ProgressInfo{Done: 40, Total: 40, Elapsed: 8 * time.Second}, 5, 0},
		{trivet.ProgressInfo{Done: 50, Total: 40, Elapsed: 10 * time.Second}, 5, 0},
		{trivet.ProgressInfo{Total: 40, Elapsed: time.Second}, 0, 0},
	} {
		if rate, left := c.p.Rate(), c.p.Left(); rate != c.rate || left != c.left {
			t.Errorf("%+v: rate %v, left %v; want %v, %v", c.p, rate, left, c.rate, c.left)
		}
	}
}
