package bolt_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/trivet-go/trivet/engine/bolt"
	"github.com/trivet-go/trivet/flow/actors"
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

// The example's grain: a list of what to buy. Its protocol is what others may send.
type List interface {
	Add(*actors.Context, string) (int, error)
}

var (
	Lists = actors.NewKind("list", func() List { return new(list) }, actors.Traits{})
	Add   = actors.Method(Lists, "add", List.Add)
)

type list struct{ items []string }

func (l *list) Add(_ *actors.Context, item string) (int, error) {
	l.items = append(l.items, item)
	return len(l.items), nil
}

// Snapshot and Restore make it a Keeper: it is saved before an answer goes out.
func (l *list) Snapshot() ([]byte, error) { return json.Marshal(l.items) }
func (l *list) Restore(data []byte) error { return json.Unmarshal(data, &l.items) }

// How does a grain outlive its process?
func ExampleFile_Grains() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "bolt")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	// run is a process that adds one thing to a list.
	run := func(item string) {
		file, err := bolt.Open(filepath.Join(dir, "lists.db"), bolt.Rules{})
		if err != nil {
			panic(err)
		}
		defer file.Close()
		store, err := file.Grains("lists")
		if err != nil {
			panic(err)
		}
		sys := actors.New(ctx, actors.Rules{Store: store})
		defer sys.Close() // or kill -9
		fmt.Println(Add.Call(ctx, Lists.Ref(sys, "saturday"), item))
	}

	run("bread")
	run("milk")
	// Output:
	// 1 <nil>
	// 2 <nil>
}
