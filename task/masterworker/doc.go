// Package masterworker has a master that gives jobs to workers, and loses none
// when workers die, when messages do, or when the master itself does.
//
//	m, err := masterworker.Open(ctx, masterworker.Rules[Commit, Verdict]{Tries: 5})
//	…
//	err = scoped.Run(ctx, func(g *scoped.Group) error {
//		g.Go(func(ctx context.Context) error {
//			return masterworker.Work(ctx, m, build, masterworker.Worker{Slots: 8})
//		})
//		verdict, err := m.Do(g.Context(), commit)
//		…
//		_, err = m.Drain(g.Context()) // takes no more jobs; when all are settled Work returns nil
//		return err
//	})
//
// Use it when each job matters by itself, takes long enough that its worker may
// die meanwhile, and has a result that somebody waits for: builds, renderings,
// crawls. When nobody asks for results and the items come from a queue, use
// flow/consume, which costs less; for a fixed list task/scoped; for pure
// calculation in one process task/forkjoin.
//
// # Words
//
// The master has the jobs. A worker pulls one, gets a lease on it, and keeps the
// lease alive by heartbeats; a slot of a worker works on one job at a time. A try
// is one lease, from the pull to the report. The token of a lease is greater than
// all before it: by it a report is let in or refused, which is called fencing. A
// job is settled when it is done, cancelled or dead; a dead letter is a job whose
// tries have all failed. The journal is where a master keeps its jobs, if they
// are to survive it; a link is what a worker sees of its master, and a transport
// carries it between processes.
//
//	queued ──pull──▶ leased ──report──▶ done
//	  ▲                │ │
//	  │  lease is over │ │ the step fails            (a job that is not settled
//	  ├────────────────┘ ▼                            can be cancelled)
//	  └──── pause ──── failed ──no tries left──▶ dead ──Retry──▶ queued
//
// # What is promised
//
// A job that Submit has accepted is settled in the end, as long as there are
// workers. It may be tried more than once, also when its first try was all right
// and its worker was thought dead: steps must bear that. But it is settled once:
// only the holder of the latest lease can report, and a result that somebody was
// told never changes. A job submitted again under its key is the same job. With a
// [Journal] all of this holds over a kill -9 of the master, and workers that
// outlive it go on; what else it survives is the journal's to say.
//
// The next job is the one of the highest priority; waiting for Rules.Ageing is
// worth one more. A job is overtaken by later ones of a higher priority for that
// long and no longer.
//
// # When something goes wrong
//
// An error, panic or Goexit of a step is the failure of a try: another one comes
// after a pause, drawn at random, up to Rules.Tries; then the job is put aside
// with its errors. [Permanent] puts it aside at once. A worker that is not heard
// of for Rules.Lease is taken for dead, and its jobs go to others at once: also a
// try, so that a job that kills its workers is put aside in the end. When ctx is
// done, Submit, Await and Drain return its cause, and Work cancels its steps,
// waits for them, and gives back what they have not finished. A panic in a step
// is never raised in the master.
//
// When it is too much: Rules.Room bounds what is inside, and Submit waits or
// refuses. Dead letters take room too, until somebody is told of them by Await,
// or takes them by [Master.Letters]; a master that has room for nothing else
// says so by [ErrLetters].
//
// # Demons
//
// Starvation: priorities age. Livelock: tries are bounded, pauses random, and
// nobody retries but the master. Deadlock: a step that awaits a job of its own
// master lends its slot. Races: a job belongs to the holder of its token.
package masterworker
