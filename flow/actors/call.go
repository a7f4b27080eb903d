package actors

import (
	"context"
	"sync/atomic"

	"github.com/trivet-go/trivet/internal/park"
)

// A call is where the answer to a message comes to. Its word says whose it is:
//
//	waiting --answer, by the receiver-------> answered   the caller's again
//	   |----give up, by the caller----------> abandoned  the receiver's, who gives it back
//	   +----cut, by whoever ends the system,
//	        or breaks a circle---------------> cut        nobody's: never used again
//
// Each is one compare-and-swap of the whole word, which has the number of the
// use in it: so an answer that comes too late cannot be taken for one to a later
// use, and whoever loses the race knows whose the call is.
type call struct {
	word    atomic.Uint64 // use<<2 | state
	to      atomic.Pointer[cell]
	blocked atomic.Bool // it stands for a sender that waits for room
	parting bool        // it stands for an actor that waits until its children have ended
	spot    park.Spot
	payload payload // of the answer
	err     error
	from    *cell // of the caller: the actor that waits for it, as long as that does

	id     uint64        // no other call of the system has it
	number atomic.Uint64 // of the question to another node, or unsent; 0: the receiver is here
	toNode bool          // the answer goes to another node
	op     opcode        // whose answer it is, if that goes to another node

	// Of a call for which an actor waits.
	contested bool                       // the message may be refused while it waits
	fate      atomic.Pointer[CycleError] // nil until its method begins, or it is refused: whichever comes first
	node      string                     // of the receiver
	traced    uint64                     // its number in the list of waits within the node, if it is there

	// then, if not nil, is called with the answer instead of waking a caller.
	then func(*call)
}

type callState = uint64

const (
	waiting callState = iota
	answered
	abandoned
	cut
)

// newCall returns a call to c that waits.
func (s *System) newCall(c *cell) *call {
	k, ok := s.calls.Get().(*call)
	if !ok {
		k = &call{spot: park.NewSpot(), id: s.callIDs.Add(1)}
	}
	k.to.Store(c)
	k.word.Store((k.word.Load()>>2 + 1) << 2) // waiting is 0
	return k
}

// freeCall gives a call back that nobody else has.
func (s *System) freeCall(k *call) {
	k.to.Store(nil)
	k.payload, k.err, k.then = payload{}, nil, nil
	k.op, k.toNode = nil, false
	if k.number.Load() != 0 {
		k.number.Store(0)
	}
	if k.contested && !s.settled(k) {
		return
	}
	s.calls.Put(k)
}

// begun is the fate of a message whose method has begun.
var begun = new(CycleError)

// begin reports whether the method may begin: the message was not refused.
func (k *call) begin() bool {
	return !k.contested || k.fate.CompareAndSwap(nil, begun) || k.fate.Load() == begun
}

// refusal is why the message was refused while it waited; nil if it was not.
func (k *call) refusal() *CycleError {
	if circle := k.fate.Load(); circle != begun {
		return circle
	}
	return nil
}

// settled prepares a call that was contested for its next use. It reports false if
// the message was refused: then it may be in a mailbox still.
func (s *System) settled(k *call) bool {
	if k.traced != 0 {
		s.remote.untrace(k.traced)
	}
	if k.refusal() != nil {
		return false
	}
	k.contested, k.node, k.traced = false, "", 0
	k.fate.Store(nil)
	return true
}

func (k *call) state() callState { return k.word.Load() & 3 }

// settle takes k from waiting to state, and reports whether it did.
func (k *call) settle(state callState) bool {
	word := k.word.Load()
	return word&3 == waiting && k.word.CompareAndSwap(word, word|state)
}

// answer hands over what the receiver has put into payload and err.
func (s *System) answer(k *call) {
	switch {
	case !k.settle(answered):
		if k.state() == abandoned {
			s.freeCall(k)
		}
	case k.then != nil:
		k.then(k)
	default:
		s.world.unpark(k)
	}
}

// refuse answers that the message was not handled.
func (s *System) refuse(k *call, err error) {
	k.err = err
	s.answer(k)
}

// await waits for the answer. If it returns an error the call is not the
// caller's any more, and me, the caller if that is an actor, does not wait for it.
func (s *System) await(ctx context.Context, k *call, me *Context) error {
	number := k.number.Load()
	me.flush()
	err := s.world.park(ctx, k)
	me.waitsNoMore(k)
	if err == nil {
		return k.whyCut()
	}
	if k.settle(abandoned) {
		if number != 0 {
			if a := s.remote.takeQuestion(number); a != nil {
				err = s.late(a, err)
				s.freeCall(k)
			}
		}
		return err
	}
	s.world.take(k) // the answer came at the same time
	return k.whyCut()
}

// whyCut is why k was cut, and nil if it was not.
func (k *call) whyCut() error {
	if k.state() != cut {
		return nil
	}
	if circle := k.fate.Load(); circle != nil && circle != begun {
		return circle
	}
	return ErrClosed
}
