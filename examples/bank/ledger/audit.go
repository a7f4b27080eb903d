package ledger

import (
	"fmt"
	"maps"
	"slices"
)

// Opening is the entry with which an account begins.
func Opening(n int) Entry { return Entry{"opening", n} }

// Audit looks for what is wrong with a bank in which each account began with the same
// amount, and no transfer is under way: is there as much money as in the beginning, and
// is every transfer that was done, by what its client was told, there exactly once?
func Audit(accounts map[string]Statement, opening int, done map[string]Order) error {
	total := 0
	for _, s := range accounts {
		total += s.Balance
	}
	if want := len(accounts) * opening; total != want {
		return fmt.Errorf("there is %d, and should be %d", total, want)
	}
	should := map[string]map[string]int{} // the journals
	for name := range accounts {
		e := Opening(opening)
		should[name] = map[string]int{e.ID: e.N}
	}
	for id, o := range done {
		name := Transfers.Name() + "/" + id
		if accounts[o.From].Journal == nil || accounts[o.To].Journal == nil {
			return fmt.Errorf("%s was done, from %s to %s: there is no such account", name, o.From, o.To)
		}
		take, give := takes(name, o), gives(name, o)
		should[o.From][take.ID] = take.N
		should[o.To][give.ID] = give.N
	}
	for _, name := range slices.Sorted(maps.Keys(accounts)) {
		if err := accounts[name].audit(should[name]); err != nil {
			return fmt.Errorf("account %s: %w", name, err)
		}
	}
	return nil
}

// audit compares the journal with what it should be, and the balance with the journal.
func (s Statement) audit(should map[string]int) error {
	sum := 0
	for _, id := range slices.Sorted(maps.Keys(s.Journal)) {
		n := s.Journal[id]
		if n != should[id] {
			return fmt.Errorf("entry %q is %d, and should be %d", id, n, should[id])
		}
		sum += n
	}
	for _, id := range slices.Sorted(maps.Keys(should)) {
		if _, ok := s.Journal[id]; !ok {
			return fmt.Errorf("entry %q of %d is missing", id, should[id])
		}
	}
	switch {
	case s.Balance != sum:
		return fmt.Errorf("the balance is %d, and the entries come to %d", s.Balance, sum)
	case s.Balance < 0:
		return fmt.Errorf("the balance is %d", s.Balance)
	}
	return nil
}
