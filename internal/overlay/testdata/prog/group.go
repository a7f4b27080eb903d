//go:build go1.25

package main

import "sync"

func groupGo() {
	wg := new(sync.WaitGroup)
	for range 5 {
		wg.Go(func() {})
	}
	wg.Wait()
	tell("groupgo", wg, "WA=10 WW=1 sum=0")
}
