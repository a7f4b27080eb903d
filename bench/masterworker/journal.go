package masterworker

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	bbolt "go.etcd.io/bbolt"

	"github.com/trivet-go/trivet/bench/internal/contest"
	"github.com/trivet-go/trivet/engine/bolt"
	"github.com/trivet-go/trivet/task/masterworker"
)

const (
	clients      = 64
	journalUnit  = 1 << 10
	usOnDisk     = "trivet masterworker, engine/bolt"
	usNotSynced  = "trivet masterworker, engine/bolt, ProcessCrash"
	bboltBatched = "bbolt Batch by hand"
)

func journalCase() contest.Case {
	return contest.Case{
		Name: "jobs, on disk", Op: "a job", Unit: journalUnit,
		Promise: "64 clients, each with one job at a time; a job is on the disk before it is accepted, and its result before it is told",
		Subjects: []contest.Subject{
			{Who: usOnDisk, Role: contest.Ours, Run: inFolder(func(n int, path string) { byJournal(n, path, bolt.PowerLoss) })},
			{Who: usNotSynced, Role: contest.Ours, Run: inFolder(func(n int, path string) { byJournal(n, path, bolt.ProcessCrash) })},
			{Who: bboltBatched, Role: contest.Rival, Run: inFolder(byBatch)},
		},
	}
}

func inFolder(run func(n int, path string)) func(n int) {
	return func(n int) {
		dir, err := os.MkdirTemp("", "trivet-bench-")
		must(err)
		defer os.RemoveAll(dir)
		run(n, filepath.Join(dir, "jobs.db"))
	}
}

// each calls job n times, from all clients.
func each(n int, job func(i int) (int, error)) {
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := c; i < n; i += clients {
				out, err := job(i)
				check(out, 2*i, err)
			}
		})
	}
	wg.Wait()
}

func byJournal(n int, path string, survives bolt.Survival) {
	ctx := context.Background()
	file, err := bolt.Open(path, bolt.Rules{Survives: survives})
	must(err)
	defer file.Close()
	journal, err := file.Journal("bench")
	must(err)
	m, err := masterworker.Open(ctx, masterworker.Rules[int, int]{Journal: journal})
	must(err)
	ended := make(chan error)
	go func() { ended <- masterworker.Work(ctx, m, double, masterworker.Worker{Slots: clients}) }()
	each(n, func(i int) (int, error) { return m.Do(ctx, i) })
	report, err := m.Drain(ctx)
	check(int(report.Done), n, err)
	must(<-ended)
}

// byBatch puts each job in, does it, and puts the result in its place. Nobody
// counts tries, and a worker that dies is found out by nobody.
func byBatch(n int, path string) {
	db, err := bbolt.Open(path, 0o600, nil)
	must(err)
	defer db.Close()
	db.MaxBatchSize = clients // all that can come is there: it need not wait for more
	db.MaxBatchDelay = 2 * time.Millisecond
	jobs := []byte("jobs")
	must(db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket(jobs)
		return err
	}))
	put := func(i int, value string) error {
		return db.Batch(func(tx *bbolt.Tx) error {
			return tx.Bucket(jobs).Put(binary.BigEndian.AppendUint64(nil, uint64(i)), []byte(value))
		})
	}
	each(n, func(i int) (int, error) {
		if err := put(i, fmt.Sprint("to do ", i)); err != nil {
			return 0, err
		}
		out, err := double(context.Background(), i)
		if err != nil {
			return 0, err
		}
		return out, put(i, fmt.Sprint("done ", out))
	})
}
