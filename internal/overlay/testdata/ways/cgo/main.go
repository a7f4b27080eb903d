// Command cgo locks in a callback from a thread that C made, and leaves with a
// status of its own.
package main

/*
#include <pthread.h>
extern void callback(void);
static void *thread(void *p) { callback(); return p; }
static void run(void) {
	pthread_t t;
	pthread_create(&t, 0, thread, 0);
	pthread_join(t, 0);
}
*/
import "C"

import (
	"fmt"
	"os"
	"sync"
)

var mu = new(sync.Mutex)

//export callback
func callback() {
	mu.Lock()
	mu.Unlock()
}

func main() {
	for range 10 {
		C.run()
	}
	fmt.Printf("mutex %p L=10 U=10\n", mu)
	os.Exit(4)
}
