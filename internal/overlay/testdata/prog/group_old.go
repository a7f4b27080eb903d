//go:build !go1.25

package main

// WaitGroup.Go is of Go 1.25.
func groupGo() {}
