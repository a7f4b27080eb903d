package actors

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Watches over actors of other nodes. The watcher's node asks the other one again
// and again, for all of its watches there at once: any message may be lost. The other
// node remembers how a watched actor has ended until it is told that this is known.
// Whoever takes a watch out of the list of the watcher's node tells the watcher, so
// it is told once, whatever comes twice.

const (
	watchBeat  = time.Second      // between two questions whether all is well
	watchLimit = 10 * time.Second // a node that is silent for so long is not reached
	watchLease = 30 * time.Second // who has not asked for so long is not a watcher any more
	maxBeat    = 200              // watches in one message
)

// farWatch is a watch of this node over an actor of another one.
type farWatch struct {
	*Watched
	heard int64  // when the other node has answered last
	life  uint64 // of the other node, once it has answered
}

// watchFar begins a watch over an actor of another node.
func (s *System) watchFar(w *Watched) {
	r := &s.remote
	r.mu.Lock()
	r.last++
	w.number = r.last
	f := &farWatch{Watched: w, heard: s.now()}
	r.watches[f.number] = f
	node := w.over.g.node
	if r.beating[node] == nil {
		s.beatLater(node)
	}
	r.mu.Unlock()
	s.askAbout(node, []*farWatch{f})
}

// beatLater is called with the mutex of remote held.
func (s *System) beatLater(node string) {
	s.remote.beating[node] = s.world.after(watchBeat, func() { s.beat(node) })
}

// beat asks a node about all that are watched there.
func (s *System) beat(node string) {
	r := &s.remote
	r.mu.Lock()
	var all, silent []*farWatch
	for _, number := range slices.Sorted(maps.Keys(r.watches)) { // in order, for simulations
		switch f := r.watches[number]; {
		case f.over.g.node != node:
		case s.now()-f.heard >= int64(watchLimit):
			silent = append(silent, f)
		default:
			all = append(all, f)
		}
	}
	if delete(r.beating, node); len(all) > 0 {
		s.beatLater(node)
	}
	r.mu.Unlock()
	for _, f := range silent {
		s.farDown(f.number, fmt.Errorf("node %q has said nothing for %v: %w", node, watchLimit, ErrUnreachable))
	}
	for part := range slices.Chunk(all, maxBeat) {
		s.askAbout(node, part)
	}
}

// askAbout asks a node about some that are watched there. If it cannot be asked they
// are down.
func (s *System) askAbout(node string, watches []*farWatch) {
	e := s.farMessage(wireWatch)
	e.uint(uint64(len(watches)))
	s.remote.mu.Lock()
	lives := make([]uint64, len(watches))
	for i, f := range watches {
		lives[i] = f.life
	}
	s.remote.mu.Unlock()
	for i, f := range watches {
		e.uint(f.number)
		e.uint(lives[i])
		e.address(f.over)
	}
	if err := s.send(node, e); err != nil {
		for _, f := range watches {
			s.farDown(f.number, fmt.Errorf("node %q: %w: %w", node, ErrUnreachable, err))
		}
	}
}

// farMessage begins a message that says whose it is.
func (s *System) farMessage(what uint64) *encoder {
	e := &encoder{sys: s}
	e.uint(what)
	e.string(s.node.Name)
	e.uint(s.remote.life)
	return e
}

// farDown ends a watch, and tells the watcher.
func (s *System) farDown(number uint64, why error) {
	if f := s.remote.takeWatch(number); f != nil {
		f.tell(Down{Who: f.over.name(), Why: why})
	}
}

// unwatchFar ends a watch of this node.
func (s *System) unwatchFar(w *Watched) {
	if s.remote.takeWatch(w.number) != nil {
		s.sayUnwatch(w.over.g.node, w.number)
	}
}

// sayUnwatch lets a node forget a watch. If that is lost its lease ends it.
func (s *System) sayUnwatch(node string, number uint64) {
	e := s.farMessage(wireUnwatch)
	e.uint(number)
	_ = s.send(node, e)
}

func (r *remote) takeWatch(number uint64) *farWatch {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.watches[number]
	delete(r.watches, number)
	return f
}

// receiveDown takes what another node says of those who are watched there.
func (s *System) receiveDown(d *decoder) {
	from, life := d.string(), d.uint()
	if d.uint() != s.remote.life {
		return
	}
	for n := d.uint(); n > 0 && d.err == nil; n-- {
		number, ended := d.uint(), d.bool()
		if !ended {
			s.wellKnown(number, life)
			continue
		}
		if why := d.error(s.watchedErrors(number)); d.err == nil {
			s.farDown(number, why)
			s.sayUnwatch(from, number)
		}
	}
}

// watchedErrors are the known errors of an actor that is watched.
func (s *System) watchedErrors(number uint64) []error {
	s.remote.mu.Lock()
	defer s.remote.mu.Unlock()
	if f := s.remote.watches[number]; f != nil {
		return f.over.knownErrors()
	}
	return nil
}

// wellKnown notes that a watched actor is there.
func (s *System) wellKnown(number, life uint64) {
	s.remote.mu.Lock()
	defer s.remote.mu.Unlock()
	if f := s.remote.watches[number]; f != nil {
		f.heard, f.life = s.now(), life
	}
}

// A farWatcher is the watch of another node over an actor of this one. It is in the
// list until the other node says that it needs it no more, or nothing.
type farWatcher struct {
	sys   *System
	over  *cell
	who   question // the watcher's node, and the number that the watch has there
	asked int64    // when that node has asked last
	ended bool
	why   error
}

// receiveWatch answers what another node asks about those that it watches here.
func (s *System) receiveWatch(d *decoder) {
	from, life := d.string(), d.uint()
	e := s.farMessage(wireDown)
	e.uint(life)
	n := d.uint()
	if d.check(n <= maxBeat); d.err != nil {
		return
	}
	e.uint(n)
	for ; n > 0; n-- {
		who := question{node: from, life: life, number: d.uint()}
		known := d.uint()
		at, _ := d.location()
		if d.err != nil {
			return
		}
		ended, why := s.watchedBy(who, known, at)
		e.uint(who.number)
		if e.bool(ended); ended {
			var errs []error
			if k := s.kindNamed(at.kind); k != nil {
				errs = k.traits.Errors
			}
			e.error(why, errs)
		}
	}
	_ = s.send(from, e) // it asks again
}

// watchedBy notes that another node watches an actor of this one, and says whether that
// has ended. known is the life of this node in which the watch began; 0: it has not,
// as far as the other node knows.
func (s *System) watchedBy(who question, known uint64, at location) (ended bool, why error) {
	if ended, why, on := s.remote.renew(who, s.now()); on {
		return ended, why
	}
	if known != 0 {
		return true, fmt.Errorf("node %q has begun anew, or was not asked for %v: %w", s.node.Name, watchLease, ErrUnreachable)
	}
	c, err := s.resolve(at, false)
	if err != nil {
		return true, err
	}
	w := &farWatcher{sys: s, over: c, who: who, asked: s.now()}
	s.addFarWatcher(w)
	if ended, why = c.addWatcher(w); ended {
		s.remote.forgetWatcher(who)
		if why == nil {
			why = fmt.Errorf("it had ended when the watch began: %w", ErrStopped)
		}
	}
	return ended, why
}

// renew notes that the watcher's node has asked now, and returns what is known, if the
// watch is on.
func (r *remote) renew(who question, now int64) (ended bool, why error, on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.watched[who]
	if w == nil {
		return false, nil, false
	}
	w.asked = now
	return w.ended, w.why, true
}

func (s *System) addFarWatcher(w *farWatcher) {
	r := &s.remote
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watched[w.who] = w
	if r.lapsing == nil {
		s.lapseLater()
	}
}

// tell lets the other node know how the actor has ended.
func (w *farWatcher) tell(d Down) {
	r := &w.sys.remote
	r.mu.Lock()
	on := r.watched[w.who] == w
	w.ended, w.why = true, d.Why
	r.mu.Unlock()
	if !on {
		return
	}
	e := w.sys.farMessage(wireDown)
	e.uint(w.who.life)
	e.uint(1)
	e.uint(w.who.number)
	e.bool(true)
	e.error(d.Why, w.over.knownErrors())
	_ = w.sys.send(w.who.node, e) // if it is lost the other node asks again
}

func (s *System) receiveUnwatch(d *decoder) {
	who := question{node: d.string(), life: d.uint(), number: d.uint()}
	if d.err == nil {
		s.remote.forgetWatcher(who).remove()
	}
}

// forgetWatcher takes a watch of another node out of the list.
func (r *remote) forgetWatcher(who question) *farWatcher {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.watched[who]
	delete(r.watched, who)
	return w
}

// remove lets the actor forget the watch.
func (w *farWatcher) remove() {
	if w != nil {
		w.over.removeWatcher(w)
	}
}

// lapseLater is called with the mutex of remote held.
func (s *System) lapseLater() { s.remote.lapsing = s.world.after(watchLease, s.lapse) }

// lapse forgets the watches of nodes that have not asked for long.
func (s *System) lapse() {
	r := &s.remote
	var old []*farWatcher
	r.mu.Lock()
	for who, w := range r.watched {
		if s.now()-w.asked >= int64(watchLease) {
			old = append(old, w)
			delete(r.watched, who)
		}
	}
	if r.lapsing = nil; len(r.watched) > 0 {
		s.lapseLater()
	}
	r.mu.Unlock()
	for _, w := range old {
		w.remove()
	}
}

// leaveWatches ends all of it.
func (s *System) leaveWatches() {
	r := &s.remote
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, stop := range r.beating {
		stop()
	}
	if r.lapsing != nil {
		r.lapsing()
	}
	clear(r.watches)
	clear(r.beating)
	clear(r.watched)
	r.lapsing = nil
}
