package limits

import (
	"bufio"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// flaw: unbounded-fan-out
func fetchLines(r io.Reader, get func(string)) {
	var wg sync.WaitGroup
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		url := lines.Text()
		wg.Go(func() { get(url) })
	}
	wg.Wait()
}

// flaw: unbounded-fan-out
func thumbnails(dir string, shrink func(string) error) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		wg.Add(1)
		go func(name string) {
			defer wg.Done()
			_ = shrink(name)
		}(filepath.Join(dir, e.Name()))
	}
	wg.Wait()
	return nil
}

// flaw: unbounded-fan-out
func hashTree(root string, sum func(string)) error {
	var wg sync.WaitGroup
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			sum(path)
		}()
		return nil
	})
	wg.Wait()
	return err
}

// flaw: unbounded-fan-out
func mailAll(db *sql.DB, mail func(string) error) error {
	rows, err := db.Query("select address from users")
	if err != nil {
		return err
	}
	defer rows.Close()
	var g errgroup.Group
	for rows.Next() {
		var address string
		if err := rows.Scan(&address); err != nil {
			return err
		}
		g.Go(func() error { return mail(address) })
	}
	return g.Wait()
}

// flaw: unbounded-fan-out
func importCSV(f *os.File, insert func([]string)) error {
	r := csv.NewReader(f)
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		record, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		wg.Add(1)
		go func() {
			insert(record)
			wg.Done()
		}()
	}
}

// flaw: unbounded-fan-out
func ping(list []byte, dial func(string) error) {
	var wg sync.WaitGroup
	for _, host := range strings.Split(string(list), "\n") {
		wg.Go(func() { _ = dial(host) })
	}
	wg.Wait()
}

// flaw: unbounded-fan-out
func convert(pattern string, run func(string)) error {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	done := make(chan bool)
	for _, f := range files {
		go func() {
			run(f)
			done <- true
		}()
	}
	for range files {
		<-done
	}
	return nil
}

// flaw: unbounded-fan-out
func replay(r io.Reader, client *http.Client) error {
	dec := json.NewDecoder(r)
	var wg sync.WaitGroup
	for dec.More() {
		var req struct{ URL string }
		if err := dec.Decode(&req); err != nil {
			return err
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			if resp, err := client.Get(req.URL); err == nil {
				resp.Body.Close()
			}
		}()
	}
	wg.Wait()
	return nil
}

// healthy
func fetchLimited(r io.Reader, get func(string) error) error {
	var g errgroup.Group
	g.SetLimit(16)
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		url := lines.Text()
		g.Go(func() error { return get(url) })
	}
	return g.Wait()
}

// healthy
func semaphoreBefore(dir string, shrink func(string)) {
	entries, _ := os.ReadDir(dir)
	sem := make(chan struct{}, 4)
	for _, e := range entries {
		sem <- struct{}{}
		go func() {
			defer func() { <-sem }()
			shrink(e.Name())
		}()
	}
}

// healthy
func semaphoreInside(root string, sum func(string)) error {
	room := make(chan bool, 8)
	var wg sync.WaitGroup
	defer wg.Wait()
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		wg.Go(func() {
			room <- true
			defer func() { <-room }()
			sum(path)
		})
		return err
	})
}

// healthy
func serve(l net.Listener, handle func(net.Conn)) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go handle(c)
	}
}

// healthy
func askReplicas(replicas []string, ask func(string)) {
	var wg sync.WaitGroup
	for _, r := range replicas {
		wg.Go(func() { ask(r) })
	}
	wg.Wait()
}

// healthy
func fixedWorkers(r io.Reader, work func(string)) {
	lines := make(chan string)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for l := range lines {
				work(l)
			}
		})
	}
	s := bufio.NewScanner(r)
	for s.Scan() {
		lines <- s.Text()
	}
	close(lines)
	wg.Wait()
}

// healthy
func oneReader(r io.Reader, each func(string)) {
	s := bufio.NewScanner(r)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for s.Scan() {
			each(s.Text())
		}
	}()
	<-done
}

type admission interface{ Acquire() }

// healthy
func admitted(rows *sql.Rows, a admission, work func(int)) {
	for rows.Next() {
		var id int
		if rows.Scan(&id) != nil {
			return
		}
		a.Acquire()
		go work(id)
	}
}

// healthy
func inBatches(r io.Reader, work func(string)) {
	var wg sync.WaitGroup
	n := 0
	s := bufio.NewScanner(r)
	for s.Scan() {
		line := s.Text()
		wg.Go(func() { work(line) })
		if n++; n%100 == 0 {
			wg.Wait()
		}
	}
	wg.Wait()
}

// healthy
func readConfigDirs(work func(string)) {
	for _, d := range []string{"/etc/app", "/usr/local/etc/app"} {
		entries, _ := os.ReadDir(d)
		go func() {
			for _, e := range entries {
				work(e.Name())
			}
		}()
	}
}
