package state

import (
	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/state/guarded"
	"github.com/trivet-go/trivet/state/lockfree"
)

const (
	oursDo2      = "trivet guarded.Do2"
	oursSnapshot = "trivet lockfree.Snapshot"
)

func ours(who string, run func(n int)) contest.Subject {
	return contest.Subject{Who: who, Role: contest.Ours, Run: run}
}

func ourUpdates(goroutines int) []contest.Subject {
	return []contest.Subject{ours("trivet guarded.Value", func(n int) {
		var v guarded.Value[pair]
		together(goroutines, n, func(_, count int) {
			for range count {
				v.Do((*pair).bump)
			}
		})
		v.Load().counted(n)
	})}
}

func ourReads(every int) []contest.Subject {
	return []contest.Subject{
		ours("trivet guarded.Value", func(n int) {
			var v guarded.Value[pair]
			together(2, n, func(_, count int) {
				for i := range count {
					if every > 0 && i%every == 0 {
						v.Do((*pair).bump)
						continue
					}
					v.Load().whole()
				}
			})
			v.Load().counted(writes(n, every))
		}),
		ours("trivet guarded.ReadMostly", func(n int) {
			var v guarded.ReadMostly[pair]
			together(2, n, func(_, count int) {
				for i := range count {
					if every > 0 && i%every == 0 {
						v.Do((*pair).bump)
						continue
					}
					v.Load().whole()
				}
			})
			v.Load().counted(writes(n, every))
		}),
	}
}

// Inlined into cases, its loop would lose the inlined Load that users get.
//
//go:noinline
func ourSnapshots() []contest.Subject {
	return []contest.Subject{ours(oursSnapshot, func(n int) {
		var v lockfree.Snapshot[pair]
		together(2, n, func(_, count int) {
			for range count {
				v.Load().whole()
			}
		})
	})}
}

func ourReplacements() []contest.Subject {
	return []contest.Subject{ours("trivet lockfree.Cell", func(n int) {
		var v lockfree.Cell[pair]
		together(2, n, func(_, count int) {
			for range count {
				for {
					if _, err := v.Update(func(p pair) pair { p.bump(); return p }); err == nil {
						break
					}
				}
			}
		})
		v.Load().counted(n)
	})}
}

func ourTwoAtOnce(goroutines int) []contest.Subject {
	return []contest.Subject{ours(oursDo2, func(n int) {
		var v1, v2 guarded.Value[pair]
		together(goroutines, n, func(_, count int) {
			for range count {
				guarded.Do2(&v1, &v2, func(a, b *pair) {
					a.bump()
					b.bump()
				})
			}
		})
		v1.Load().counted(n)
		v2.Load().counted(n)
	})}
}

func snapshotTargets() []contest.Target {
	return []contest.Target{{Who: oursSnapshot, Of: pointer, Ratio: 1.5}}
}

func twoAtOnceTargets() []contest.Target {
	return []contest.Target{{Who: oursDo2, Of: nested, Ratio: 1.15}}
}
