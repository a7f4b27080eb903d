package a

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/csv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

func work(s string) error { return os.Remove(s) }

func lines(r io.Reader) {
	s := bufio.NewScanner(r)
	for s.Scan() {
		line := s.Text()
		go work(line) // want `a goroutine is started for each of the lines`
	}
}

func linesInGroup(s *bufio.Scanner) {
	var wg sync.WaitGroup
	for s.Scan() {
		line := s.Text()
		wg.Go(func() { work(line) }) // want `each of the lines`
	}
	wg.Wait()
}

func reader(r *bufio.Reader) error {
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		go func() { work(line) }() // want `each of the lines`
	}
}

func directory(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		go work(e.Name()) // want `each of the names`
	}
}

func names(d *os.File) {
	all, err := d.Readdirnames(-1)
	if err != nil {
		return
	}
	for i := range all {
		go func() { work(all[i]) }() // want `each of the names`
	}
}

func glob(pattern string) {
	files, _ := filepath.Glob(pattern)
	for _, f := range files {
		go func(f string) { work(f) }(f) // want `each of the files`
	}
}

func tree(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			go work(path) // want `each of the files`
		}
		return err
	})
}

func rows(rs *sql.Rows) {
	for rs.Next() {
		var id string
		rs.Scan(&id)
		go work(id) // want `each of the rows`
	}
}

func records(r *csv.Reader) error {
	all, err := r.ReadAll()
	for _, rec := range all {
		go work(rec[0]) // want `each of the records`
	}
	return err
}

func split(data []byte) {
	for _, line := range bytes.Split(data, []byte("\n")) {
		go work(string(line))
	}
	for _, line := range strings.Split(string(data), "\n") {
		go work(line) // want `each of the lines`
	}
}

func unlimited(s *bufio.Scanner) error {
	var g errgroup.Group
	for s.Scan() {
		line := s.Text()
		g.Go(func() error { return work(line) }) // want `each of the lines`
	}
	return g.Wait()
}

func locked(s *bufio.Scanner, mu *sync.Mutex, out *[]error) {
	for s.Scan() {
		line := s.Text()
		go func() { // want `each of the lines`
			err := work(line)
			mu.Lock()
			*out = append(*out, err)
			mu.Unlock()
		}()
	}
}

// Good ones.

func limited(s *bufio.Scanner) error {
	var g errgroup.Group
	g.SetLimit(4)
	for s.Scan() {
		line := s.Text()
		g.Go(func() error { return work(line) })
	}
	return g.Wait()
}

func givenGroup(g *errgroup.Group, s *bufio.Scanner) {
	for s.Scan() {
		line := s.Text()
		g.Go(func() error { return work(line) })
	}
}

func semaphore(s *bufio.Scanner) {
	sem := make(chan struct{}, 4)
	for s.Scan() {
		line := s.Text()
		sem <- struct{}{}
		go func() {
			work(line)
			<-sem
		}()
	}
}

func semaphoreInside(dir string) {
	sem := make(chan struct{}, 4)
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		go func() {
			sem <- struct{}{}
			defer func() { <-sem }()
			work(e.Name())
		}()
	}
}

func acquires(s *bufio.Scanner, acquire func(), l interface{ Acquire(int) }) {
	for s.Scan() {
		l.Acquire(1)
		line := s.Text()
		go work(line)
	}
}

func batches(s *bufio.Scanner) {
	var wg sync.WaitGroup
	for n := 0; s.Scan(); n++ {
		line := s.Text()
		wg.Go(func() { work(line) })
		if n%10 == 9 {
			wg.Wait()
		}
	}
}

func slice(names []string) {
	for _, n := range names {
		go work(n)
	}
}

func messages(c chan string) {
	for m := range c {
		go work(m)
	}
}

func words(s string) {
	for _, w := range strings.Split(s, ",") {
		go work(w)
	}
}

func first(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries[:2] {
		go work(e.Name())
	}
}

func workers(s *bufio.Scanner) {
	c := make(chan string)
	for range 4 {
		go func() {
			for l := range c {
				work(l)
			}
		}()
	}
	for s.Scan() {
		c <- s.Text()
	}
	close(c)
}

func one(s *bufio.Scanner) {
	go func() {
		for s.Scan() {
			work(s.Text())
		}
	}()
}

func perFile(files []*os.File) {
	for _, f := range files {
		s := bufio.NewScanner(f)
		go func() {
			for s.Scan() {
				work(s.Text())
			}
		}()
	}
}

func plainWalk(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		return work(path)
	})
}
