package async

// A watcher is called, without any lock, when a future has its result. It is in
// the list of the future until then.
type watcher struct {
	call         func()
	older, newer *watcher
	in           bool
}

// ask adds a bit to the state, and reports false if the result is there.
// It is called with mu held.
func (f *Future[T]) ask(what uint32) bool {
	for {
		state := f.state.Load()
		if state >= settled {
			return false
		}
		if f.state.CompareAndSwap(state, state|what) {
			return true
		}
	}
}

// tell calls everybody in the order in which they came. It is called once, with
// what state was before the result.
func (f *Future[T]) tell(before uint32) {
	if before&hasDone != 0 {
		close(f.done)
	}
	if before&hasWatchers != 0 {
		f.callWatchers()
	}
}

func (f *Future[T]) callWatchers() {
	f.mu.Lock()
	var first *watcher
	for w := f.watchers; w != nil; w = w.older {
		first, w.in = w, false
	}
	f.watchers = nil
	f.mu.Unlock()
	for w := first; w != nil; w = w.newer {
		w.call()
	}
}

// watch lets call be called when the result is there: at once if it is.
func (f *Future[T]) watch(call func()) *watcher {
	w := &watcher{call: call}
	f.mu.Lock()
	if !f.ask(hasWatchers) {
		f.mu.Unlock()
		call()
		return w
	}
	w.in, w.older = true, f.watchers
	if w.older != nil {
		w.older.newer = w
	}
	f.watchers = w
	f.mu.Unlock()
	return w
}

// unwatch forgets a watcher, if it has not been called.
func (f *Future[T]) unwatch(w *watcher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !w.in {
		return
	}
	w.in = false
	if w.older != nil {
		w.older.newer = w.newer
	}
	if w.newer != nil {
		w.newer.older = w.older
	} else {
		f.watchers = w.older
	}
}
