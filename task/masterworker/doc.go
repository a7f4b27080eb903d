// Package masterworker has a master that gives jobs to workers, and loses none
// when workers die.
//
//	m, err := masterworker.Open(ctx, masterworker.Rules[Commit, Verdict]{Tries: 5})
//	…
//	go masterworker.Work(ctx, m, build, masterworker.Worker{Slots: 8})
//	verdict, err := m.Do(ctx, commit)
package masterworker
