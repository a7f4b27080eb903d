package explain

import "github.com/trivet-go/trivet/internal/program"

// use is how goroutines use one channel.
type use struct {
	users  int            // goroutines that send or receive values
	both   int            // of these, those that do both
	once   int            // of these, those that receive one value and send none
	closed bool           // somebody closes it, or sees it closed
	takers map[string]int // start functions of those that receive, and how many
}

// uses looks at all channels, in one pass over the program.
func (a *analysis) uses() map[uint32]*use {
	if a.channels != nil {
		return a.channels
	}
	a.channels = map[uint32]*use{}
	of := func(ch uint32) *use {
		u := a.channels[ch]
		if u == nil {
			u = &use{takers: map[string]int{}}
			a.channels[ch] = u
		}
		return u
	}
	for _, g := range a.p.Goroutines {
		sends, recvs := map[uint32]int{}, map[uint32]int{}
		for _, op := range g.Ops {
			switch op.Kind {
			case program.Send:
				sends[op.Obj]++
			case program.Recv:
				recvs[op.Obj]++
			case program.Close, program.RecvClosed:
				of(op.Obj).closed = true
			}
		}
		for ch := range sends {
			u := of(ch)
			u.users++
			if recvs[ch] > 0 {
				u.both++
			}
		}
		for ch, n := range recvs {
			u := of(ch)
			u.takers[g.Start]++
			if sends[ch] > 0 {
				continue
			}
			u.users++
			if n == 1 {
				u.once++
			}
		}
	}
	return a.channels
}
