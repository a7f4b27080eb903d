package consume

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/trivet-go/trivet"
	"github.com/trivet-go/trivet/internal/park"
)

// A job is an item inside the consumer. Its fields are guarded by the mutex of
// the board, save those of the attempt, which are its worker's.
type job[T any] struct {
	item   T
	tries  int
	errs   []error
	since  time.Time
	number uint64 // in the order of the queue
	rank   int64  // the lowest goes first
	lane   *lane[T]
	aside  bool        // it has had its tries, and is a dead letter now
	retry  *time.Timer // runs while the job waits to be tried again

	prev, next *job[T] // in the list of all jobs
}

// A lane holds the jobs of one key, in order. The first is ready, at a worker,
// or waits to be tried again; the others wait for it.
type lane[T any] struct {
	key  string
	jobs []*job[T]
}

// A board is where jobs wait for workers: the feeder adds them, workers take
// and settle them.
type board[T any] struct {
	rules *Rules[T]
	hooks *trivet.Hooks // set by Run

	room park.Line // the feeder, until there is room
	work park.Line // workers, until there is a job or the end
	idle park.Line // those who wait until nothing is left

	mu     sync.Mutex // held for a few instructions, never while calling user code
	ready  ready[T]
	lanes  map[string]*lane[T]
	all    job[T]  // head of the list of all jobs
	spare  *job[T] // for the next, linked by next
	paused bool
	fed    bool // no more jobs will come
	stats  Stats
}

func newBoard[T any](rules *Rules[T]) *board[T] {
	b := &board[T]{rules: rules}
	b.ready.byRank = rules.Priority != nil
	b.all.prev, b.all.next = &b.all, &b.all
	if rules.PerKey != nil {
		b.lanes = map[string]*lane[T]{}
	}
	return b
}

// awaitRoom returns how many jobs may be added.
func (b *board[T]) awaitRoom(ctx context.Context) (n int, err error) {
	err = b.room.Wait(ctx, func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		n = b.rules.Ahead - b.stats.Inside
		return n > 0
	})
	return n, err
}

// add adds items. key and rank are asked before, without the lock.
func (b *board[T]) add(items []T) {
	keys, ranks := b.describe(items)
	now := time.Time{}
	if b.rules.Tries > 1 || b.rules.DeadLetters != nil {
		now = time.Now()
	}
	b.mu.Lock()
	n := 0
	for i, item := range items {
		j := b.newJob()
		j.item, j.since = item, now
		if ranks != nil {
			j.rank = ranks[i]
		}
		if keys == nil || b.join(j, keys[i]) {
			b.ready.push(j)
			n++
		}
	}
	b.mu.Unlock()
	b.work.Wake(n)
}

// describe asks the user's functions for keys and ranks.
func (b *board[T]) describe(items []T) (keys []string, ranks []int64) {
	if b.rules.PerKey != nil {
		keys = make([]string, len(items))
		for i, item := range items {
			keys[i] = b.rules.PerKey(item)
		}
	}
	if b.rules.Priority != nil {
		now := time.Now().UnixNano()
		ranks = make([]int64, len(items))
		for i, item := range items {
			ranks[i] = rank(now, b.rules.Priority(item), b.rules.Ageing)
		}
	}
	return keys, ranks
}

// rank is the time from which on an item of priority 0 would have the same
// right to be next. All jobs age alike, so it need not be computed again.
func rank(now int64, priority int, ageing time.Duration) int64 {
	head := float64(priority) * float64(ageing)
	if math.Abs(head) > math.MaxInt64/4 {
		head = math.Copysign(math.MaxInt64/4, head)
	}
	return now - int64(head)
}

// newJob and forget are called with mu held.
func (b *board[T]) newJob() *job[T] {
	j := b.spare
	if j == nil {
		j = new(job[T])
	} else {
		b.spare = j.next
	}
	b.stats.Taken++
	b.stats.Inside++
	j.number = uint64(b.stats.Taken)
	j.prev, j.next = b.all.prev, &b.all
	j.prev.next, j.next.prev = j, j
	return j
}

func (b *board[T]) forget(j *job[T]) {
	j.prev.next, j.next.prev = j.next, j.prev
	b.stats.Inside--
	*j = job[T]{next: b.spare}
	b.spare = j
}

// join puts j into the lane of its key and reports whether it is the first.
func (b *board[T]) join(j *job[T], key string) bool {
	l := b.lanes[key]
	if l == nil {
		l = &lane[T]{key: key}
		b.lanes[key] = l
	}
	j.lane = l
	l.jobs = append(l.jobs, j)
	return len(l.jobs) == 1
}

// take waits for jobs and moves up to len(buf) into it, but no more than one
// worker's share of what is ready. It returns 0 and no error when there will be
// none any more.
func (b *board[T]) take(ctx context.Context, buf []*job[T]) (n int, err error) {
	try := func() (done bool) {
		n, done = b.tryTake(buf)
		return done
	}
	if b.work.Open() && ctx.Err() == nil && try() {
		return n, nil
	}
	err = b.work.Wait(ctx, try)
	return n, err
}

// tryTake reports whether take can return.
func (b *board[T]) tryTake(buf []*job[T]) (n int, done bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ready.len() == 0 || b.paused {
		return 0, b.fed && b.stats.Inside == 0
	}
	share := max(1, b.ready.len()/b.rules.Workers)
	for n < min(share, len(buf)) && b.ready.len() > 0 {
		buf[n] = b.ready.pop()
		n++
	}
	b.stats.Running += n
	return n, true
}

// giveBack makes jobs ready again that were not begun.
func (b *board[T]) giveBack(jobs []*job[T]) {
	b.mu.Lock()
	b.stats.Running -= len(jobs)
	for _, j := range jobs {
		b.ready.push(j)
	}
	b.mu.Unlock()
	b.work.Wake(len(jobs))
}

// finished and dead take jobs that need nothing more out of the board.
func (b *board[T]) finished(jobs ...*job[T]) {
	b.mu.Lock()
	b.stats.Finished += int64(len(jobs))
	b.settle(jobs)
}

func (b *board[T]) dead(j *job[T]) {
	b.mu.Lock()
	b.stats.Dead++
	b.settle([]*job[T]{j})
}

// settle is called with mu held, and gives it up.
func (b *board[T]) settle(jobs []*job[T]) {
	b.stats.Running -= len(jobs)
	ready := 0
	for _, j := range jobs {
		ready += b.leaveLane(j)
		b.forget(j)
	}
	empty := b.stats.Inside == 0
	ended := empty && b.fed
	b.mu.Unlock()

	b.room.Wake(1)
	b.work.Wake(ready)
	if empty {
		b.idle.WakeAll()
	}
	if ended {
		b.work.WakeAll()
	}
}

// leaveLane makes the next job of the same key ready. It returns the number of
// jobs that are ready with it.
func (b *board[T]) leaveLane(j *job[T]) int {
	l := j.lane
	if l == nil {
		return 0
	}
	l.jobs[0] = nil
	if l.jobs = l.jobs[1:]; len(l.jobs) == 0 {
		delete(b.lanes, l.key)
		return 0
	}
	b.ready.push(l.jobs[0])
	return 1
}

// failed notes that a try has failed, and lets the job come back: after a
// while, or at once to be put aside.
func (b *board[T]) failed(j *job[T], err error) {
	b.mu.Lock()
	b.stats.Running--
	b.stats.Failed++
	j.tries++
	if len(j.errs) == maxErrs {
		j.errs = append(j.errs[:1], j.errs[2:]...)
	}
	j.errs = append(j.errs, err)
	tries := j.tries
	if j.aside = tries >= b.rules.Tries; j.aside {
		b.ready.push(j)
		b.mu.Unlock()
		b.work.Wake(1)
		return
	}
	after := b.rules.Backoff.after(tries)
	b.stats.Delayed++
	j.retry = time.AfterFunc(after, func() { b.ripe(j) })
	b.mu.Unlock()
	if b.hooks.Retry != nil {
		b.hooks.Retry(trivet.RetryInfo{Name: b.rules.Name, Tries: tries, Delay: after, Err: err})
	}
}

func (b *board[T]) ripe(j *job[T]) {
	b.mu.Lock()
	if j.retry == nil { // the consumer has ended meanwhile
		b.mu.Unlock()
		return
	}
	j.retry = nil
	b.stats.Delayed--
	b.ready.push(j)
	b.mu.Unlock()
	b.work.Wake(1)
}

// end tells the workers that no more jobs will come.
func (b *board[T]) end() {
	b.mu.Lock()
	b.fed = true
	b.mu.Unlock()
	b.work.WakeAll()
}

// abandon stops what waits to be tried again, and returns all items inside.
func (b *board[T]) abandon() (items []T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for j := b.all.next; j != &b.all; j = j.next {
		if j.retry != nil {
			j.retry.Stop()
			j.retry = nil
		}
		items = append(items, j.item)
	}
	return items
}

func (b *board[T]) pause(paused bool) {
	b.mu.Lock()
	b.paused = paused
	b.mu.Unlock()
	if !paused {
		b.work.WakeAll()
	}
}

func (b *board[T]) isEmpty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stats.Inside == 0
}

func (b *board[T]) snapshot() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stats
}
