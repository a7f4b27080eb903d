// Package flawed is a kitchen with one flaw for each of a reviewer's questions.
// docs/GUIDE.md shows what trivet review says of it.
package flawed

import (
	"bufio"
	"io"
	"sync"
)

type kitchen struct {
	mu     sync.Mutex
	last   string
	dishes chan string
}

func newKitchen() *kitchen { return &kitchen{dishes: make(chan string)} }

// work looks for tickets all the time instead of waiting for one.
func (k *kitchen) work(cook func(dish string)) {
	for {
		select {
		case dish := <-k.dishes:
			cook(dish)
		default:
		}
	}
}

// order keeps everybody from the board until a cook has taken the ticket.
func (k *kitchen) order(dish string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = dish
	k.dishes <- dish
}

// latest is what the waiters ask for.
func (k *kitchen) latest() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.last
}

// banquet hires a cook for each dish, however long the list is.
func (k *kitchen) banquet(list io.Reader) error {
	var cooks sync.WaitGroup
	dishes := bufio.NewScanner(list)
	for dishes.Scan() {
		dish := dishes.Text()
		cooks.Go(func() { k.order(dish) })
	}
	cooks.Wait()
	return dishes.Err()
}
