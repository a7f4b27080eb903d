package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trivet-go/trivet/examples/bank/ledger"
	"github.com/trivet-go/trivet/flow/actors"
)

// What was done is done, and what was refused is refused, also by the next system, and
// when all is passivated.
func TestTransfersAreDoneOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		var store actors.Memory
		for range 2 {
			sys := actors.New(ctx, actors.Rules{Store: &store})
			for _, name := range []string{"ann", "bob"} {
				if ok, err := ledger.Book.Call(ctx, ledger.Accounts.Ref(sys, name), ledger.Opening(100)); !ok || err != nil {
					t.Error(ok, err)
				}
			}
			for range 2 {
				for _, c := range []struct {
					id   string
					o    ledger.Order
					done bool
				}{
					{"much", ledger.Order{From: "ann", To: "bob", N: 101}, false},
					{"all", ledger.Order{From: "ann", To: "bob", N: 100}, true},
					{"back", ledger.Order{From: "bob", To: "ann", N: 200}, true},
					{"self", ledger.Order{From: "ann", To: "ann", N: 7}, true},
				} {
					if done, err := ledger.Run.Call(ctx, ledger.Transfers.Ref(sys, c.id), c.o); done != c.done || err != nil {
						t.Error(c, done, err)
					}
				}
				time.Sleep(time.Second)
			}
			if done, err := ledger.Run.Call(ctx, ledger.Transfers.Ref(sys, "less"), ledger.Order{From: "ann", To: "bob", N: -5}); done || err == nil {
				t.Error("less than nothing was transferred")
			}
			ann, err := ledger.Read.Call(ctx, ledger.Accounts.Ref(sys, "ann"), actors.None{})
			want := "{200 map[opening:100 transfer/all takes:-100 transfer/back gives:200 transfer/much takes:0 transfer/self gives:7 transfer/self takes:-7]}"
			if got := fmt.Sprint(ann); got != want || err != nil {
				t.Errorf("%s, %v\nwant %s", got, err, want)
			}
			if err := sys.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAudit(t *testing.T) {
	for _, c := range []struct {
		what  string
		spoil func(ann, bob *ledger.Statement)
		want  string
	}{
		{"nothing", func(_, _ *ledger.Statement) {}, ""},
		{"refused twice", func(ann, _ *ledger.Statement) { ann.Journal["transfer/y takes"] = 0 }, ""},
		{"lost", func(ann, _ *ledger.Statement) { ann.Balance-- }, "there is 199, and should be 200"},
		{"moved", func(ann, bob *ledger.Statement) { ann.Balance--; bob.Balance++ },
			"account ann: the balance is 69, and the entries come to 70"},
		{"never heard of", func(ann, _ *ledger.Statement) { delete(ann.Journal, "transfer/x takes") },
			`account ann: entry "transfer/x takes" of -30 is missing`},
		{"another amount", func(_, bob *ledger.Statement) { bob.Journal["transfer/x gives"] = 31 },
			`account bob: entry "transfer/x gives" is 31, and should be 30`},
		{"nobody knows", func(_, bob *ledger.Statement) { bob.Journal["transfer/z takes"] = -5 },
			`account bob: entry "transfer/z takes" is -5, and should be 0`},
		{"was refused", func(ann, _ *ledger.Statement) { ann.Journal["transfer/x takes"] = 0 },
			`account ann: entry "transfer/x takes" is 0, and should be -30`},
	} {
		ann := ledger.Statement{Balance: 70, Journal: map[string]int{"opening": 100, "transfer/x takes": -30}}
		bob := ledger.Statement{Balance: 130, Journal: map[string]int{"opening": 100, "transfer/x gives": 30}}
		c.spoil(&ann, &bob)
		done := map[string]ledger.Order{"x": {From: "ann", To: "bob", N: 30}}
		err := ledger.Audit(map[string]ledger.Statement{"ann": ann, "bob": bob}, 100, done)
		if got := strings.TrimPrefix(fmt.Sprint(err), "<nil>"); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
	err := ledger.Audit(map[string]ledger.Statement{}, 100, map[string]ledger.Order{"x": {From: "ann", To: "bob", N: 1}})
	if err == nil || !strings.Contains(err.Error(), "there is no such account") {
		t.Error(err)
	}
}
