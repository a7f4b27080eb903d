package program

import "slices"

// Pinned returns a copy of p in which some channels pass their values as they
// did in the recording: the k-th receive gets the k-th value, whoever sends and
// receives, and waits for it. It also returns which channels they are: not those
// of which p does not tell who met there (Met).
//
// A replay decides anew who meets at a channel. Where something else that the
// recording does not hold decides it, such as an atomic counter or a try, a value
// may come to one who cannot go on with it, and the replay gets stuck. Pinned to
// the order of the recording it does not: that order has happened. What it cannot
// tell is how the work would be shared out on more cores.
func (p *Program) Pinned(channels []uint32) (pinned *Program, which []uint32) {
	q := *p
	q.Objects = slices.Clone(p.Objects)
	q.Goroutines = slices.Clone(p.Goroutines)
	pin := pinning{p: &q, tails: map[opAt]event{}, heads: map[opAt]event{}, closed: map[uint32]uint32{}}
	for _, ch := range channels {
		if _, ok := pin.closed[ch]; !ok && pin.channel(ch) {
			which = append(which, ch)
		}
	}
	if len(which) == 0 {
		return p, nil
	}
	for i := range q.Goroutines {
		q.Goroutines[i].Ops = pin.ops(int32(i))
	}
	q.Dealt = slices.DeleteFunc(slices.Clone(p.Dealt), func(ch uint32) bool { return slices.Contains(which, ch) })
	return &q, which
}

// pinning makes events of what happens at channels. An operation becomes two: it
// waits for an event, and makes another happen.
type pinning struct {
	p      *Program
	heads  map[opAt]event    // the first of the two
	tails  map[opAt]event    // the second
	closed map[uint32]uint32 // of each pinned channel: the event of its close
}

type opAt struct {
	g  int32
	at int
}

type event struct {
	kind Kind // Signal or Wait; Nop: none
	id   uint32
}

func (n *pinning) newEvent(like uint32) uint32 {
	o := &n.p.Objects[like]
	n.p.Objects = append(n.p.Objects, Object{Class: Event, Name: o.Name, Site: o.Site})
	return uint32(len(n.p.Objects) - 1)
}

// channel pins one channel. It reports false if p does not tell enough.
func (n *pinning) channel(ch uint32) bool {
	if int(ch) >= len(n.p.Met) || n.p.Objects[ch].Class != Channel {
		return false
	}
	sends, recvs, ok := n.inOrder(ch)
	if !ok {
		return false
	}
	o := n.p.Objects[ch]
	n.closed[ch] = n.newEvent(ch)
	values := int(o.Init) // in the buffer at the beginning
	room := int(o.Cap) - values
	sent := make([]uint32, len(sends))
	for k := range sends {
		sent[k] = n.newEvent(ch)
	}
	taken := make([]uint32, len(recvs))
	for k := range recvs {
		taken[k] = n.newEvent(ch)
	}
	for k, at := range sends {
		if o.Cap == 0 { // both must be there
			n.heads[at] = event{Signal, sent[k]}
			if k < len(taken) {
				n.tails[at] = event{Wait, taken[k]}
			}
			continue
		}
		if i := k - room; i >= 0 && i < len(taken) {
			n.heads[at] = event{Wait, taken[i]}
		}
		n.tails[at] = event{Signal, sent[k]}
	}
	for k, at := range recvs {
		wait := event{}
		if i := k - values; i >= 0 && i < len(sent) {
			wait = event{Wait, sent[i]}
		}
		if o.Cap == 0 {
			n.heads[at], n.tails[at] = event{Signal, taken[k]}, wait
		} else {
			n.heads[at], n.tails[at] = wait, event{Signal, taken[k]}
		}
	}
	return true
}

// inOrder finds the operations behind Met.
func (n *pinning) inOrder(ch uint32) (sends, recvs []opAt, ok bool) {
	next := map[int32]int{}
	for _, who := range n.p.Met[ch] {
		g, kind := who, Send
		if who < 0 {
			g, kind = ^who, Recv
		}
		if int(g) >= len(n.p.Goroutines) {
			return nil, nil, false
		}
		ops := n.p.Goroutines[g].Ops
		i := next[g]
		for i < len(ops) && (ops[i].Obj != ch || ops[i].Kind != Send && ops[i].Kind != Recv) {
			i++
		}
		if i == len(ops) || ops[i].Kind != kind {
			return nil, nil, false // some were taken out, as nobody explains them
		}
		next[g] = i + 1
		if kind == Send {
			sends = append(sends, opAt{g, i})
		} else {
			recvs = append(recvs, opAt{g, i})
		}
	}
	return sends, recvs, true
}

// ops are those of a goroutine, with events for what happens at pinned channels.
func (n *pinning) ops(g int32) []Op {
	var all []Op
	for i, op := range n.p.Goroutines[g].Ops {
		closed, pinned := n.closed[op.Obj]
		switch {
		case pinned && (op.Kind == Send || op.Kind == Recv):
			head, tail := n.heads[opAt{g, i}], n.tails[opAt{g, i}]
			all = append(all, Op{Run: op.Run, Stack: op.Stack, Kind: head.kind, Obj: head.id})
			if tail.kind != Nop {
				all = append(all, Op{Stack: op.Stack, Kind: tail.kind, Obj: tail.id})
			}
		case pinned && op.Kind == Close:
			all = append(all, Op{Run: op.Run, Stack: op.Stack, Kind: Signal, Obj: closed})
		case pinned && op.Kind == RecvClosed:
			all = append(all, Op{Run: op.Run, Stack: op.Stack, Kind: Wait, Obj: closed})
		default:
			all = append(all, op)
		}
	}
	return all
}
