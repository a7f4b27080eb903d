package actors

import (
	"fmt"
	"sync"
)

// Loopback is a Network within the process. The zero value has no nodes.
type Loopback struct {
	mu    sync.Mutex
	nodes map[string]func([]byte)
}

// Join implements Network.
func (l *Loopback) Join(node string, receive func([]byte)) (leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.nodes[node] != nil {
		return nil, fmt.Errorf("actors: there is a node %q already", node)
	}
	if l.nodes == nil {
		l.nodes = map[string]func([]byte){}
	}
	l.nodes[node] = receive
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.nodes, node)
	}, nil
}

// Send implements Network.
func (l *Loopback) Send(_, to string, message []byte) error {
	l.mu.Lock()
	receive := l.nodes[to]
	l.mu.Unlock()
	if receive == nil {
		return fmt.Errorf("actors: no node %q", to)
	}
	receive(message)
	return nil
}
