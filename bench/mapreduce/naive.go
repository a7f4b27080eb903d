package mapreduce

import (
	"bufio"
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// What is written first: packages bufio, strings and strconv, and a map.

// scanRows is one goroutine.
func scanRows(name string) (a answer) {
	stats := map[string]*stat{}
	eachLine(name, func(line string) { addRow(stats, line) })
	for station, s := range stats {
		a.station(station, *s)
	}
	return a
}

func addRow(stats map[string]*stat, line string) {
	station, tenths := parseRow(line)
	s := stats[station]
	if s == nil {
		s = new(stat)
		stats[strings.Clone(station)] = s
	}
	s.add(tenths)
}

func parseRow(line string) (station string, tenths int64) {
	station, reading, _ := strings.Cut(line, ";")
	degrees, err := strconv.ParseFloat(reading, 64)
	must(err)
	if degrees < 0 {
		return station, int64(degrees*10 - 0.5)
	}
	return station, int64(degrees*10 + 0.5)
}

// scanWords is one goroutine.
func scanWords(name string) (a answer) {
	counts := map[string]int64{}
	eachLine(name, func(line string) {
		for word := range strings.FieldsSeq(line) {
			counts[word]++
		}
	})
	for word, n := range counts {
		a.add(word, n)
	}
	return a
}

func eachLine(name string, f func(string)) {
	file, err := os.Open(name)
	must(err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		f(lines.Text())
	}
	must(lines.Err())
}

// emitted is a pair on its way from a mapper to a reducer.
type emitted struct {
	key   string
	value int64
}

// channels is the MapReduce of tutorials: mappers split chunks of lines and send a
// pair for each record to the reducer.
func channels(name string, split func(chunk []byte, emit func(string, int64)), reduce func(<-chan emitted) answer) answer {
	data, err := os.ReadFile(name)
	must(err)
	chunks, pairs := make(chan []byte), make(chan emitted, 1024)
	var mappers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		mappers.Go(func() {
			for chunk := range chunks {
				split(chunk, func(key string, value int64) { pairs <- emitted{key, value} })
			}
		})
	}
	go func() {
		for len(data) > 0 {
			end := min(1<<20, len(data))
			end += bytes.IndexByte(data[end-1:], '\n')
			chunks <- data[:end]
			data = data[end:]
		}
		close(chunks)
		mappers.Wait()
		close(pairs)
	}()
	return reduce(pairs)
}

func channelRows(name string) answer {
	return channels(name, func(chunk []byte, emit func(string, int64)) {
		for line := range bytes.Lines(chunk) {
			emit(parseRow(strings.TrimSuffix(string(line), "\n")))
		}
	}, func(pairs <-chan emitted) (a answer) {
		stats := map[string]*stat{}
		for p := range pairs {
			s := stats[p.key]
			if s == nil {
				s = new(stat)
				stats[p.key] = s
			}
			s.add(p.value)
		}
		for station, s := range stats {
			a.station(station, *s)
		}
		return a
	})
}

func channelWords(name string) answer {
	return channels(name, func(chunk []byte, emit func(string, int64)) {
		for word := range bytes.FieldsSeq(chunk) {
			emit(string(word), 1)
		}
	}, func(pairs <-chan emitted) (a answer) {
		counts := map[string]int64{}
		for p := range pairs {
			counts[p.key] += p.value
		}
		for word, n := range counts {
			a.add(word, n)
		}
		return a
	})
}
