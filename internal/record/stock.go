package record

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// stockEnv names the file that a program built with stockOverlay records into,
// stockForEnv how long, "0s" for ever.
const (
	stockEnv    = "TRIVET_STOCK"
	stockForEnv = "TRIVET_STOCK_FOR"
)

// stockMain starts an ordinary trace before the init functions of package main
// and ends it when the program does, by os.Exit too. The hook is the one that
// coverage uses; the linker lets other packages have it only if told so, which
// is why this is the fallback and not the way.
const stockMain = `package main

import (
	"os"
	"runtime/trace"
	"sync"
	"time"
	_ "unsafe"
)

type trivetHook struct {
	F            func()
	RunOnFailure bool
}

//go:linkname trivetAtExit internal/runtime/exithook.Add
func trivetAtExit(trivetHook)

func init() {
	name := os.Getenv("` + stockEnv + `")
	if name == "" {
		return
	}
	f, err := os.Create(name)
	if err != nil {
		println("trivet: cannot record:", err.Error())
		return
	}
	if err := trace.Start(f); err != nil {
		println("trivet: cannot record:", err.Error())
		return
	}
	stop := sync.OnceFunc(func() { trace.Stop(); f.Close() })
	trivetAtExit(trivetHook{F: stop, RunOnFailure: true})
	if d, err := time.ParseDuration(os.Getenv("` + stockForEnv + `")); err == nil && d > 0 {
		time.AfterFunc(d, stop)
	}
}
`

// stockOverlay writes an overlay that adds stockMain to the main package in
// pkg. A package that uses cgo may not have assembly files, and needs none for
// a function without a body.
func stockOverlay(dir string, pkg Package) (string, error) {
	add := map[string]string{"zz_trivet_stock.go": stockMain}
	if len(pkg.CgoFiles) == 0 {
		add["zz_trivet_stock.s"] = "\n"
	}
	replace := map[string]string{}
	for name, text := range add {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			return "", err
		}
		replace[filepath.Join(pkg.Dir, name)] = file
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "stock.json")
	return file, os.WriteFile(file, text, 0o666)
}
