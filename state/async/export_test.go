package async

// WriteLost is what is written when a promise is lost.
var WriteLost = writeLost

// Watch is watch; leave is its unwatch.
func Watch[T any](f *Future[T], call func()) (leave func()) {
	w := f.watch(call)
	return func() { f.unwatch(w) }
}

// Watchers counts those that a future would call.
func Watchers[T any](f *Future[T]) (n int) {
	for w := f.watchers; w != nil; w = w.older {
		n++
	}
	return n
}

// Runs counts the runs that others can join.
func Runs[K comparable, V any](s *Shared[K, V]) int { return len(s.runs) }
