package program

import "fmt"

// Validate reports the first thing in p that no recording can hold: an index
// out of range, an operation on an object of another class, a goroutine that
// is started twice or goes on after its end. It does not judge what the
// program does: unlocking a free mutex is valid, as truncated recordings hold
// such things.
func (p *Program) Validate() error {
	if len(p.Goroutines) == 0 {
		return fmt.Errorf("program has no goroutines")
	}
	if p.Main < 0 || p.Main >= len(p.Goroutines) {
		return fmt.Errorf("main is goroutine %d of %d", p.Main, len(p.Goroutines))
	}
	if len(p.Stacks) == 0 || len(p.Stacks[0]) != 0 {
		return fmt.Errorf("stack 0 must be the empty stack")
	}
	for _, ch := range p.Dealt {
		if int(ch) >= len(p.Objects) || p.Objects[ch].Class != Channel {
			return fmt.Errorf("dealt object %d is not a channel", ch)
		}
	}
	for ch, takers := range p.DealtOrder {
		for _, g := range takers {
			if g < 0 || int(g) >= len(p.Goroutines) {
				return fmt.Errorf("an item of channel %d was taken by goroutine %d of %d", ch, g, len(p.Goroutines))
			}
		}
	}
	started := make([]bool, len(p.Goroutines))
	for i := range p.Goroutines {
		if err := p.validateOps(p.Goroutines[i].Ops, started); err != nil {
			return fmt.Errorf("goroutine %d (%s): %w", i, p.Goroutines[i].Start, err)
		}
	}
	return nil
}

func (p *Program) validateOps(ops []Op, started []bool) error {
	if len(ops) == 0 {
		return fmt.Errorf("has no operations, not even an end")
	}
	for i := range ops {
		op := &ops[i]
		if int(op.Stack) >= len(p.Stacks) {
			return fmt.Errorf("operation %d: stack %d of %d", i, op.Stack, len(p.Stacks))
		}
		if (op.Kind == End || op.Kind == Cut) != (i == len(ops)-1) {
			return fmt.Errorf("operation %d of %d is %v; an end or cut comes last and only there", i, len(ops), op.Kind)
		}
		if err := p.validateObj(op, started); err != nil {
			return fmt.Errorf("operation %d: %v: %w", i, op.Kind, err)
		}
	}
	return nil
}

func (p *Program) validateObj(op *Op, started []bool) error {
	switch op.Kind {
	case Nop, End, Cut, Sleep, IO, Syscall:
		return nil
	case Spawn:
		if int(op.Obj) >= len(p.Goroutines) {
			return fmt.Errorf("goroutine %d of %d", op.Obj, len(p.Goroutines))
		}
		if started[op.Obj] {
			return fmt.Errorf("goroutine %d is started a second time", op.Obj)
		}
		started[op.Obj] = true
		return nil
	}
	if op.Kind >= NumKinds {
		return fmt.Errorf("unknown kind")
	}
	if int(op.Obj) >= len(p.Objects) {
		return fmt.Errorf("object %d of %d", op.Obj, len(p.Objects))
	}
	if class := p.Objects[op.Obj].Class; !op.Kind.worksOn(class) {
		return fmt.Errorf("object %d is of class %d", op.Obj, class)
	}
	return nil
}

// worksOn tells whether k is an operation of objects of class c.
func (k Kind) worksOn(c Class) bool {
	switch k {
	case Lock, Unlock:
		return c == Mutex || c == RWMutex
	case RLock, RUnlock:
		return c == RWMutex
	case Send, Recv, RecvClosed, Close:
		return c == Channel
	case Add, Join:
		return c == WaitGroup
	case CondWait, CondSignal, CondBroadcast:
		return c == Cond
	case Signal, Wait:
		return c == Event
	}
	return false
}
