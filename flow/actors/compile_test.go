package actors_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What does not compile: a message of the wrong type, or to the wrong kind of
// actor. Each program is right but for the line in it.
func TestDoesNotCompile(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the compiler")
	}
	const program = `package main

import (
	"context"

	"github.com/trivet-go/trivet/flow/actors"
	"github.com/trivet-go/trivet/flow/pipeline"
)

type Account interface {
	Deposit(*actors.Context, int) (int, error)
}

type account struct{ n int }

func (a *account) Deposit(c *actors.Context, n int) (int, error) {
	a.n += n
	return a.n, Deposit.Tell(c, actors.Self[Account](c), n-1)
}

type Door interface {
	Open(*actors.Context, string) error
}

type door struct{}

func (door) Open(*actors.Context, string) error { return nil }

var (
	Accounts = actors.NewKind("account", func() Account { return new(account) }, actors.Traits{})
	Deposit  = actors.Method(Accounts, "deposit", Account.Deposit)
	Doors    = actors.NewKind("door", func() Door { return door{} }, actors.Traits{})
	Open     = actors.Action(Doors, "open", Door.Open)
)

func main() {
	ctx := context.Background()
	sys := actors.New(ctx, actors.Rules{})
	defer sys.Close()
	alice, _ := Accounts.Spawn(sys, "alice")
	front, _ := Doors.Spawn(sys, "front")
	n, err := Deposit.Call(ctx, alice, 5)
	err = Open.Call(ctx, front, "key")
	s := pipeline.Through(pipeline.FromSlice([]int{1}), pipeline.Stage{}, Deposit.Step(alice))
	_, _, _ = n, err, s
	// HERE
}
`
	wrong := []struct{ line, want string }{
		{`Deposit.Call(ctx, alice, "5")`, `cannot use "5"`},
		{`Deposit.Tell(ctx, front, 5)`, `cannot use front`},
		{`Deposit.Tell(ctx, actors.Ref[Account](front), 5)`, `cannot convert front`},
		{`{ var r string; r, _ = Deposit.Call(ctx, alice, 5); _ = r }`, `cannot use Deposit.Call`},
		{`actors.Method(Accounts, "open", Door.Open)`, `Door.Open`},
		{`actors.Method(Accounts, "deposit", (*account).Deposit)`, `does not match`},
		{`pipeline.Through(pipeline.FromSlice([]string{"1"}), pipeline.Stage{}, Deposit.Step(alice))`, `does not match`},
	}
	if out, err := compile(t, program); err != nil {
		t.Fatalf("the program itself: %v\n%s", err, out)
	}
	first := strings.Count(program[:strings.Index(program, "// HERE")], "\n") + 1
	var lines []string
	for _, w := range wrong {
		lines = append(lines, w.line)
	}
	out, err := compile(t, strings.Replace(program, "// HERE", strings.Join(lines, "\n"), 1))
	if err == nil {
		t.Fatal("everything compiles")
	}
	for i, w := range wrong {
		found := regexp.MustCompile(fmt.Sprintf(`main.go:%d:.*%s`, first+i, regexp.QuoteMeta(w.want)))
		if !found.MatchString(out) {
			t.Errorf("%s\ncompiles, or does not for another reason than %q:\n%s", w.line, w.want, out)
		}
	}
}

// compile returns what the compiler says. The program lies below this folder, so
// that it finds the module it belongs to; testdata is left out of every build.
func compile(t *testing.T, program string) (string, error) {
	dir, err := os.MkdirTemp("testdata", "compile")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "build", "-gcflags=-e", "-o", os.DevNull, "./"+filepath.ToSlash(dir)).CombinedOutput()
	return string(out), err
}
