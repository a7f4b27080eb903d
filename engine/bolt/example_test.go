package bolt_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/trivet-go/trivet/engine/bolt"
	"github.com/trivet-go/trivet/task/masterworker"
)

// How does a master survive its process?
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "bolt")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	// open is what the process does when it begins.
	open := func() (*bolt.File, *masterworker.Master[string, string]) {
		file, err := bolt.Open(filepath.Join(dir, "jobs.db"), bolt.Rules{})
		if err != nil {
			panic(err)
		}
		journal, err := file.Journal("shouts")
		if err != nil {
			panic(err)
		}
		m, err := masterworker.Open(ctx, masterworker.Rules[string, string]{Journal: journal})
		if err != nil {
			panic(err)
		}
		return file, m
	}

	file, m := open()
	if _, err := m.SubmitAs(ctx, masterworker.Terms{Key: "greeting"}, "hello"); err != nil {
		panic(err)
	}
	m.Close() // or kill -9
	file.Close()

	file, m = open()
	defer file.Close()
	go masterworker.Work(ctx, m, func(_ context.Context, s string) (string, error) { return strings.ToUpper(s), nil }, masterworker.Worker{})
	t, found := m.Find("greeting")
	out, err := t.Await(ctx)
	fmt.Println(found, out, err)
	_, err = m.Drain(ctx)
	fmt.Println(err)
	// Output:
	// true HELLO <nil>
	// <nil>
}
