package overlay

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Haunting asks a patched program to be searched for demons: its schedule is
// shaken, and what its goroutines do is kept in shared memory ([Book]).
type Haunting struct {
	// Seed decides where goroutines sleep and yield: each draws from a source
	// of its own, by its place in the tree of go statements. The same seed makes
	// the same decisions, not quite the same schedule. 0: nobody is disturbed.
	Seed int

	Victims bool          // a quarter of the goroutines sleep often, a quarter never
	Sleeps  int           // how many of 1024 places sleep
	Yields  int           // how many of 1024 places yield
	Longest time.Duration // of one sleep, in whole microseconds
	Budget  time.Duration // of the time in which somebody sleeps, by the clock, in whole milliseconds

	// Book is a file made by [NewBook]. "": nothing is kept.
	Book string
}

// HauntingEnv is the value of the variable [EnvName] that asks for h.
func HauntingEnv(h Haunting) string {
	var keys []string
	if h.Seed != 0 {
		keys = append(keys, fmt.Sprintf("shake=%d,ps=%d,py=%d,us=%d,budget=%d",
			h.Seed, h.Sleeps, h.Yields, max(1, h.Longest.Microseconds()), h.Budget.Milliseconds()))
		if h.Victims {
			keys = append(keys, "victims")
		}
	}
	if h.Book != "" {
		keys = append(keys, "book="+strings.ReplaceAll(h.Book, ",", "%c"))
	}
	return strings.Join(keys, ",")
}

// weights says, in quarters of the usual, how much a place is disturbed: before
// what can block, after what sets others free. What is not listed is not
// disturbed. The empty name stands for places without an event.
var weights = map[string]int{
	SendBegin: 4, RecvBegin: 4, SelectBegin: 4,
	LockBegin: 4, RLockBegin: 4, WLockBegin: 4, WaitBegin: 4, OnceBegin: 4,
	CloseChan: 4, WaitGroupAdd: 4, CondWait: 4, CondOne: 4, CondAll: 4,
	Send: 1, Recv: 1, RecvClosed: 1, Lock: 1, RLock: 1, WLock: 1, CondWoken: 1,
	"": 4,
}

// demonSource is the second file that package runtime gets.
//
//go:embed demon.go.txt
var demonSource string

// demonHooks are the hooks that only the search for demons needs, by package.
var demonHooks = map[string]string{
	"sync":          "\n//go:linkname trivetPoint\nfunc trivetPoint()\n",
	"internal/sync": "\n//go:linkname trivetPoint\nfunc trivetPoint()\n",
	"testing":       "\n//go:linkname trivetNamed\nfunc trivetNamed(kind uint32, name string, arg int)\n",
}

// haunt makes the edits of package runtime that are not calls: each goroutine
// has a place in the tree of go statements, and the random choice between
// runnable goroutines, which a build with -race makes, can be switched on.
func (p *pkg) haunt() {
	found := map[string]int{}
	for _, src := range p.sources {
		for _, d := range src.ast.Decls {
			gen, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range gen.Specs {
				found[p.hauntSpec(src, gen, spec)]++
			}
		}
	}
	for _, what := range []string{"type g", "const randomizeScheduler"} {
		if found[what] != 1 {
			p.problem("runtime: %d declarations of %s that can be changed", found[what], what)
		}
	}
}

// hauntSpec edits a declaration, if it is one of the two, and names it.
func (p *pkg) hauntSpec(src *source, gen *ast.GenDecl, spec ast.Spec) string {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if body, ok := spec.Type.(*ast.StructType); ok && spec.Name.Name == "g" {
			at := p.offset(body.Fields.Closing)
			src.edits = append(src.edits, edit{at, at, "trivet trivetGoroutine; "})
			return "type g"
		}
	case *ast.ValueSpec:
		if gen.Tok == token.CONST && !gen.Lparen.IsValid() && len(spec.Names) == 1 && spec.Names[0].Name == "randomizeScheduler" {
			at := p.offset(gen.TokPos)
			src.edits = append(src.edits, edit{at, at + len("const"), "var"})
			return "const randomizeScheduler"
		}
	}
	return ""
}

// demonFile is the second new file of package runtime. Go 1.26 and later can
// prove that a goroutine waits for ever; where it cannot, nothing is proven.
func (p *pkg) demonFile(dir string) file {
	prove, proves, stuck := "", "0", "^uint32(0)"
	if _, _, err := p.find(site{pkg: "runtime", name: "goroutineLeakGC", sig: "()"}); err == nil {
		prove, proves, stuck = "goroutineLeakGC()", "1", "_Gleaked"
	}
	text := strings.NewReplacer("WEIGHTS", weightList(), "PROVES", proves, "PROVE", prove, "STUCK", stuck, "BUBBLE", p.bubble()).Replace(demonSource)
	const name = "zz_trivet_demon.go"
	return file{filepath.Join(dir, name), "runtime/" + name, []byte(text)}
}

func weightList() string {
	var list []string
	for _, k := range kinds {
		list = append(list, strconv.Itoa(weights[k.text]))
	}
	return strings.Join(append(list, strconv.Itoa(weights[""])), ", ")
}
