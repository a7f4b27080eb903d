// Package actor has goroutines that own what they serve, and loops that do not.
package actor

import "context"

type get struct {
	key   string
	reply chan int
}

type set struct {
	key   string
	value int
}

// Requests carry a channel for the answer.
type Store struct{ gets chan get }

func NewStore() *Store {
	s := &Store{gets: make(chan get)}
	go s.loop() // is: actor loop, hand-made
	return s
}

func (s *Store) loop() {
	m := map[string]int{}
	for {
		select {
		case g := <-s.gets:
			m[g.key]++
			g.reply <- m[g.key]
		}
	}
}

func (s *Store) Get(key string) int {
	reply := make(chan int)
	s.gets <- get{key, reply}
	return <-reply
}

// Messages of several types through one mailbox.
type Bank struct{ box chan any }

func NewBank(ctx context.Context) *Bank {
	b := &Bank{make(chan any, 16)}
	go b.serve(ctx) // is: actor loop, hand-made
	return b
}

func (b *Bank) serve(ctx context.Context) {
	accounts := map[string]int{}
	for {
		select {
		case <-ctx.Done():
			return
		case msg := <-b.box:
			switch m := msg.(type) {
			case set:
				accounts[m.key] = m.value
			case get:
				m.reply <- accounts[m.key]
			}
		}
	}
}

func (b *Bank) Set(key string, v int) { b.box <- set{key, v} }
func (b *Bank) Get(key string) int {
	reply := make(chan int, 1)
	b.box <- get{key, reply}
	return <-reply
}

// A hub: it alone changes the set of its clients.
type Hub struct {
	clients    map[string]bool
	join, part chan string
}

func NewHub() *Hub {
	h := &Hub{clients: map[string]bool{}, join: make(chan string), part: make(chan string)}
	go h.run() // is: actor loop, hand-made
	return h
}

func (h *Hub) run() {
	for {
		select {
		case c := <-h.join:
			h.clients[c] = true
		case c := <-h.part:
			delete(h.clients, c)
		}
	}
}

func (h *Hub) Join(c string) { h.join <- c }
func (h *Hub) Part(c string) { h.part <- c }

// What is sent are functions, run one after the other.
type Loop struct{ calls chan func(map[string]int) }

func NewLoop() *Loop {
	l := &Loop{make(chan func(map[string]int))}
	go func() { // is: actor loop, hand-made
		state := map[string]int{}
		for f := range l.calls {
			f(state)
		}
	}()
	return l
}

func (l *Loop) Do(f func(map[string]int)) { l.calls <- f }

// Healthy others: a loop that owns nothing and answers nobody.
func printer(ctx context.Context) chan<- string {
	lines := make(chan string)
	go func() { // is: producer-consumer, hand-made
		for {
			select {
			case l := <-lines:
				println(l)
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

func Print(ctx context.Context, all []string) {
	p := printer(ctx)
	for _, l := range all {
		p <- l
	}
}
