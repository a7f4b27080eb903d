// Package nack sends numbered parts; the receiver refuses what comes out of
// order, and the sender sends the refused ones again.
package nack

import "context"

// Run returns how many of 4 parts have been taken when ctx ended.
func Run(ctx context.Context) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts, refused := make(chan int, 8), make(chan int, 8)
	go send(ctx, parts, refused)
	return receive(ctx, parts, refused)
}

// send begins with the newest part, which whoever waits wants most.
func send(ctx context.Context, parts chan<- int, refused <-chan int) {
	for _, p := range []int{3, 2, 1, 0} {
		parts <- p
	}
	for {
		select {
		case p := <-refused:
			parts <- p
		case <-ctx.Done():
			return
		}
	}
}

func receive(ctx context.Context, parts <-chan int, refused chan<- int) (taken int) {
	for taken < 4 && ctx.Err() == nil {
		select {
		case p := <-parts:
			if p != taken {
				refused <- p
				continue
			}
			taken++
		case <-ctx.Done():
		}
	}
	return taken
}
