package attempts

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// marks marks the body of a function, and tells what became of its outermost
// loop: the marks that it has, or "" for none.
func marks(t *testing.T, body string) string {
	t.Helper()
	src := "package p\n\nfunc f() {\n" + body + "\n}\n"
	table := &Table{}
	out, err := table.Mark("f.go", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if out == nil {
		return ""
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "f.go", out, 0); err != nil {
		t.Fatalf("the copy does not parse: %v\n%s", err, out)
	}
	text, _, _ := strings.Cut(string(out), "\n//go:linkname")
	if got, want := strings.Count(strings.TrimRight(text, "\n"), "\n"), strings.Count(strings.TrimRight(src, "\n"), "\n"); got != want {
		t.Errorf("the copy has %d lines, not %d:\n%s", got, want, out)
	}
	if table.Len() == 0 {
		return ""
	}
	var found []string
	if !strings.Contains(text, "trivetRound1(1, 0)") {
		_, value, _ := strings.Cut(text, "trivetRound1(1, ")
		value, _, _ = strings.Cut(value, "); ")
		found = append(found, "value "+value)
	}
	for name, mark := range map[string]string{"goal": "trivetGoal1(1)", "tried": "trivetTried1(1, "} {
		if strings.Contains(text, mark) {
			found = append(found, name)
		}
	}
	if l, _ := table.Loop(1); l.Weak {
		found = append(found, "weak")
	}
	return strings.Join(found, ", ")
}

// What is a goal, and beside it what looks like one and is none.
func TestMark(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"counted in the condition", `for ctx.Err() == nil && made < 5 { if try() { made++ } }`, "value int64(made)"},
		{"an element is counted", `for made[i] < 5 { if try() { made[i]++ } }`, "value int64(made[i])"},
		{"an atomic number", `for n.Load() < 5 { try() }`, "value int64(n.Load())"},
		{"something gets shorter", `for len(todo) > 0 { try() }`, "value -int64(len(todo))"},
		{"something gets longer", `for len(got) < 3 { try() }`, "value int64(len(got))"},
		{"counted down", `for left > 0 { if try() { left-- } }`, "value -int64(left)"},
		{"assigned", `for hungry { if try() { hungry = false } }`, "goal"},
		{"assigned, negated", `for !eaten { if try() { eaten = true } }`, "goal"},
		{"until it succeeds", `for !try() { time.Sleep(pause) }`, "tried"},
		{"until a field says so", `for !s.eaten { step() }`, "tried"},
		{"compare and swap", `for !x.CompareAndSwap(a, b) { a = x.Load() }`, "tried"},
		{"with a growing pause", `for p := 1; !try(); p *= 2 { time.Sleep(p) }`, "tried"},
		{"return on success", `for { if try() { return }; time.Sleep(pause) }`, "goal"},
		{"return of nil", `for { if err := f(); err == nil { return nil }; time.Sleep(pause) }`, "goal"},
		{"success or too late", `for { err := f(); if err == nil || time.Now().After(limit) { return err }; time.Sleep(1) }`, "tried"},
		{"break on success", `for { ok := try(); if ok { break } }`, "goal"},
		{"break of a label", "l:\nfor { select { default: if try() { break l } } }", "goal"},
		{"success is counted", `for ctx.Err() == nil { if try() { n++ } else { time.Sleep(pause) } }`, "goal"},
		{"failure begins anew", `for ctx.Err() == nil { if !try() { time.Sleep(pause); continue }; work() }`, "goal"},
		{"an error begins anew", `for { if err := f(); err != nil { continue }; return }`, "goal"},
		{"a count is reached", `for { if try() { n++ }; if n == 5 { return } }`, "goal"},
		{"tries so many times", `for i := 0; i < 10; i++ { if try() { return }; time.Sleep(pause) }`, "goal"},
		{"tries at each tick", `for range tick.C { if try() { return } }`, "goal"},
		{"counts its tries", `for tries < 10 { tries++; if try() { return } }`, "goal"},
		{"in a closure", `go func() { for !try() { time.Sleep(1) } }()`, "tried"},
		{"behind a continue", `for { select { case x := <-in: if other(x) { out <- x; continue }; use(x) } }`, "goal, weak"},
		{"a pump", `for ctx.Err() == nil && step() { }`, "tried, weak"},

		{"what is taken is put back", `for j := range jobs { if !ready(j) { jobs <- j; continue }; work(j) }`, "goal"},
		{"put back in a select", `for { select { case j := <-jobs: if !ready(j) { jobs <- j; continue }; work(j); case <-quit: return } }`, "goal"},
		{"put back until others are done", `for j := range jobs { if !done[j.needs] { jobs <- j; continue }; work(j) }`, "goal"},
		{"passed on", `for j := range jobs { if !ready(j) { later <- j; continue }; work(j) }`, ""},
		{"a timer that is put off", `for { select { case m := <-in: batch = append(batch, m); quiet.Reset(d); case <-quiet.C: send(batch) } }`, "goal"},
		{"a timer that is made anew", `for { select { case m := <-in: batch = append(batch, m); case <-time.After(d): send(batch); case <-quit: return } }`, "goal"},
		{"a timer that is made anew, for silence", `for { select { case m := <-in: use(m); case <-time.After(d): ping() } }`, ""},
		{"a timer that watches for silence", `for { select { case m := <-in: use(m); quiet.Reset(d); case <-quiet.C: ping() } }`, ""},
		{"a timer that ends the loop", `for { select { case m := <-in: batch = append(batch, m); quiet.Reset(d); case <-quiet.C: return } }`, ""},
		{"a timer that is not put off", `for { select { case m := <-in: batch = append(batch, m); case <-quiet.C: send(batch); quiet.Reset(d) } }`, ""},
		{"a state", `for { if me.side() != other.side() { return }; me.step() }`, "goal, weak"},
		{"a field", `for { mu.Lock(); if !other.wants { mu.Unlock(); return }; mu.Unlock(); wait() }`, "goal, weak"},
		{"a limit", `for { if n.Add(1) > limit { return }; f() }`, ""},
		{"a sign of the end", `for { m := <-in; if m.kind == -1 { return }; use(m) }`, ""},
		{"a named sign of the end", `for { m := <-in; if m.kind == last { return }; use(m) }`, ""},
		{"a server", `for { select { case x := <-in: use(x); case <-ctx.Done(): return } }`, ""},
		{"until a deadline", `for ctx.Err() == nil { mu.Lock(); n++; mu.Unlock() }`, ""},
		{"until time is over", `for time.Now().Before(deadline) { f() }`, ""},
		{"until somebody says stop", `for !stop.Load() { f() }`, ""},
		{"until it is closed", `for !s.closed { f() }`, ""},
		{"until it is closed, a field", `for { if s.closed { return }; f() }`, ""},
		{"until it is closed, inside", `for { if s.isClosed() { return }; f() }`, ""},
		{"ends with an error", `for { if err := f(); err != nil { return err } }`, ""},
		{"ends with a failure", `for { if try() { t.Fatal("no") } }`, ""},
		{"gives up", `for { if try() { return errors.New("no") }; f() }`, ""},
		{"counts to a bound", `for i := 0; i < 10; i++ { try() }`, ""},
		{"goes over something", `for _, x := range xs { if try(x) { return } }`, ""},
		{"counts its rounds", `for n < 10 { n++; f() }`, ""},
		{"so many times", `for range 10 { f() }`, ""},
		{"computes", `for a < b { a++ }`, ""},
		{"a question", `for { if q.IsFull() { flush() }; add() }`, ""},
		{"done beside work", `for ctx.Err() == nil { if try() { hits++ }; add() }`, ""},
		{"lines are read", `for s.Scan() { use(s.Text()) }`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := marks(t, tt.body); got != tt.want {
				t.Errorf("%s: marked %q, want %q", tt.body, got, tt.want)
			}
		})
	}
}
