// Package errgroup stands for golang.org/x/sync/errgroup, so that the snippets
// need no network.
package errgroup

import (
	"context"
	"sync"
)

type Group struct {
	wg   sync.WaitGroup
	once sync.Once
	err  error
	room chan struct{}
}

func WithContext(ctx context.Context) (*Group, context.Context) { return &Group{}, ctx }

func (g *Group) SetLimit(n int) { g.room = make(chan struct{}, n) }

func (g *Group) Go(f func() error) {
	if g.room != nil {
		g.room <- struct{}{}
	}
	g.wg.Go(func() {
		if err := f(); err != nil {
			g.once.Do(func() { g.err = err })
		}
		if g.room != nil {
			<-g.room
		}
	})
}

func (g *Group) Wait() error {
	g.wg.Wait()
	return g.err
}
