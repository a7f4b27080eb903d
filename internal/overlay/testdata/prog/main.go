// Command prog does a known number of each hooked operation, or ends in the way
// that its argument says.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/trace"
	"sync"
	"syscall"
	"time"
)

// early is locked by a package initialiser; a recording must have begun by then.
var early = func() *sync.Mutex {
	mu := new(sync.Mutex)
	mu.Lock()
	mu.Unlock()
	return mu
}()

// last is locked just before the program ends: a complete file shows it.
var last = new(sync.Mutex)

func main() {
	tell("early", early, "L=1 U=1")
	tell("last", last, "L=1 U=1")
	end, ok := map[string]func(){
		"count":   count,
		"reuse":   reuse,
		"return":  func() {},
		"exit":    func() { finish(); os.Exit(3) },
		"panic":   func() { finish(); panic("the message") },
		"killed":  func() { finish(); fmt.Println("ready"); select {} },
		"handled": handled,
		"goexit":  func() { go func() { finish(); os.Exit(4) }(); runtime.Goexit() },
		"busy":    busy,
		"collect": collect,
		"procs":   procs,
		"spin": func() {
			finish()
			fmt.Println("ready")
			for {
			}
		},
		"many":     many,
		"asleep":   func() { finish(); select {} },
		"region":   func() { trace.StartRegion(context.Background(), "the region").End() },
		"negative": func() { new(sync.WaitGroup).Add(-1) },
		"nilclose": func() { var c chan int; close(c) },
	}[os.Args[1]]
	if !ok {
		fmt.Println("what is", os.Args[1])
		os.Exit(64)
	}
	end()
	if os.Args[1] != "busy" {
		finish()
	}
}

func finish() {
	last.Lock()
	last.Unlock()
}

// tell prints an object's address and which events it must have.
func tell(name string, object any, events string) {
	fmt.Printf("%s %p %s\n", name, object, events)
}

func handled() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	fmt.Println("ready")
	<-c
	finish()
	os.Exit(130)
}

// busy outlives its recording, which ends after a time.
func busy() {
	finish()
	c := make(chan int, 1)
	for end := time.Now().Add(400 * time.Millisecond); time.Now().Before(end); {
		c <- 1
		<-c
		time.Sleep(time.Millisecond)
	}
	fmt.Println("outlived")
}

// many is more events than a small disk holds, in less than one generation of
// the trace.
func many() {
	var mu sync.Mutex
	for range 200_000 {
		mu.Lock()
		mu.Unlock()
	}
}

func procs() {
	fmt.Println("asked", runtime.NumCPU(), runtime.GOMAXPROCS(0), runtime.GOMAXPROCS(3), runtime.GOMAXPROCS(0))
	// Every processor of the real number must have its slot in a Pool.
	runtime.GOMAXPROCS(1)
	var pool sync.Pool
	var wg sync.WaitGroup
	for range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 1000 {
				pool.Put(new(int))
				pool.Get()
				runtime.Gosched()
			}
		}()
	}
	wg.Wait()
}

// reuse makes channels until the addresses of collected ones come back.
func reuse() {
	const n = 2000
	seen := map[string]bool{}
	again := 0
	for i := range n {
		c := make(chan [64]byte, 1)
		c <- [64]byte{}
		<-c
		at := fmt.Sprintf("%p", c)
		if seen[at] {
			again++
		}
		seen[at] = true
		if i%100 == 0 {
			runtime.GC()
		}
	}
	fmt.Println("made", n, "again", again)
}

func count() {
	locks()
	rwlocks()
	channels()
	selects()
	groups()
	conds()
	onces()
	time.Sleep(1234567)
	time.Sleep(0)
}

// each runs f n times in each of k goroutines and waits for them.
func each(k, n int, f func()) {
	done := make(chan bool)
	for range k {
		go func() {
			for range n {
				f()
			}
			done <- true
		}()
	}
	for range k {
		<-done
	}
}

func locks() {
	mu := new(sync.Mutex)
	x := 0
	each(4, 250, func() { mu.Lock(); x++; mu.Unlock() })
	tell("mutex", mu, "L=1000 U=1000")

	try := new(sync.Mutex)
	var got, failed [4]int
	var next int
	var next0 sync.Mutex
	each(4, 1, func() {
		next0.Lock()
		i := next
		next++
		next0.Unlock()
		for range 200 {
			if try.TryLock() {
				got[i]++
				runtime.Gosched()
				try.Unlock()
			} else {
				failed[i]++
				runtime.Gosched()
			}
		}
	})
	yes, no := got[0]+got[1]+got[2]+got[3], failed[0]+failed[1]+failed[2]+failed[3]
	tell("try", try, fmt.Sprintf("L=%d U=%d TF=%d attempts=%d", yes, yes, no, 800))
}

func rwlocks() {
	rw := new(sync.RWMutex)
	x := 0
	each(4, 100, func() {
		rw.RLock()
		_ = x
		rw.RUnlock()
		rw.Lock()
		x++
		rw.Unlock()
	})
	tell("rwmutex", rw, "RL=400 RU=400 WL=400 WU=400")

	try := new(sync.RWMutex)
	try.TryLock()  // taken
	try.TryLock()  // not
	try.TryRLock() // not
	try.Unlock()
	try.TryRLock() // taken
	try.TryRLock() // taken
	try.TryLock()  // not
	try.RUnlock()
	try.RUnlock()
	tell("rwtry", try, "WL=1 WU=1 RL=2 RU=2 TF=3")

	l := try.RLocker()
	l.Lock()
	l.Unlock()
	tell("rlocker", try, "WL=1 WU=1 RL=3 RU=3 TF=3")
}

func channels() {
	c := make(chan int, 5)
	go func() {
		for i := range 300 {
			c <- i
		}
		close(c)
	}()
	for range c {
	}
	tell("channel", c, "M=1 S=300 R=300 RC=1 C=1")

	left := make(chan int, 7)
	for range 7 {
		left <- 1
	}
	<-left
	tell("left", left, "M=1 S=7 R=1 buffered=6")

	none := make(chan int)
	go func() { none <- 1 }()
	<-none
	tell("unbuffered", none, "M=1 S=1 R=1")
}

func selects() {
	a, b := make(chan int, 1), make(chan int, 1)
	for range 10 { // two cases and a default: selectgo
		select {
		case a <- 1:
		case v := <-b:
			_ = v
		default:
			<-a // every second turn
		}
	}
	tell("select", a, "M=1 S=5 R=5")
	tell("other", b, "M=1")

	one := make(chan int, 1)
	for range 4 { // one case and a default: no selectgo
		select {
		case one <- 1:
		default:
		}
	}
	close(one)
	for range 3 {
		select {
		case <-one:
		default:
		}
	}
	tell("single", one, "M=1 S=1 R=1 RC=2 C=1")

	closed := make(chan int)
	close(closed)
	var never chan int
	select {
	case <-never:
	case <-closed:
	}
	tell("closed", closed, "M=1 RC=1 C=1")
}

func groups() {
	wg := new(sync.WaitGroup)
	wg.Add(3)
	for range 3 {
		go wg.Done()
	}
	wg.Wait()
	wg.Wait()
	tell("group", wg, "WA=4 WW=2 sum=0")
	groupGo()
}

func conds() {
	c := sync.NewCond(new(sync.Mutex))
	ready := 0
	woken := make(chan bool)
	for range 3 {
		go func() {
			c.L.Lock()
			ready++
			c.Wait()
			c.L.Unlock()
			woken <- true
		}()
	}
	for n := 0; n < 3; {
		c.L.Lock()
		n = ready
		c.L.Unlock()
		runtime.Gosched()
	}
	c.L.Lock()
	c.Signal()
	c.L.Unlock()
	<-woken
	c.L.Lock()
	c.Broadcast()
	c.L.Unlock()
	<-woken
	<-woken
	tell("cond", c, "CW=3 CE=3 CS=1 CB=1")
}

func onces() {
	o := new(sync.Once)
	for range 5 {
		o.Do(func() {})
	}
	// Once's own mutex has another address.
	tell("once", o, "OE=1")
}

// collect starts collections from many different stacks, each time with one
// more processor: the collector then makes one more worker, and waits for it on
// a channel, on the stack of whoever has allocated.
func collect() {
	debug.SetGCPercent(10)
	var before runtime.MemStats
	for n := range 64 {
		runtime.GOMAXPROCS(1 + n)
		runtime.ReadMemStats(&before)
		for allocated := 0; allocated < 64<<20; allocated += 1024 {
			if allocated%(1<<20) == 0 && collections() > before.NumGC {
				break
			}
			left(n, 8)
		}
	}
	fmt.Println("collected")
}

func collections() uint32 {
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return now.NumGC
}

var garbage []byte

// left and right call each other in the pattern of the bits of n, so that each
// n has a stack of its own.
//
//go:noinline
func left(n, depth int) {
	if depth == 0 {
		garbage = make([]byte, 1024)
		return
	}
	if n&1 == 0 {
		left(n>>1, depth-1)
	} else {
		right(n>>1, depth-1)
	}
}

//go:noinline
func right(n, depth int) {
	if n&1 == 0 {
		left(n>>1, max(0, depth-1))
	} else {
		right(n>>1, max(0, depth-1))
	}
}
