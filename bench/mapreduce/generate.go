package mapreduce

import (
	"bufio"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
)

// Inputs are made from seeds: the same on every machine, for a given size.

// stations is how many names stand in the rows, as in the One Billion Row Challenge.
const stations = 413

// writeRows writes a file of rows: the name of a station, ';' and a temperature
// from -99.9 to 99.9 with one place.
func writeRows(name string, rows int) error {
	r := rand.New(rand.NewPCG(1, uint64(rows)))
	names := make([][]byte, stations)
	for i := range names {
		names[i] = append(letters(r, 3+r.IntN(10)), ';')
		if r.IntN(16) == 0 { // two words
			names[i] = append(letters(r, 4+r.IntN(6)), append([]byte{' '}, names[i]...)...)
		}
	}
	return write(name, func(w *bufio.Writer) {
		var row []byte
		for range rows {
			tenths := r.IntN(1999) - 999
			row = append(row[:0], names[r.IntN(stations)]...)
			if tenths < 0 {
				row, tenths = append(row, '-'), -tenths
			}
			row = strconv.AppendInt(row, int64(tenths/10), 10)
			row = append(row, '.', byte('0'+tenths%10), '\n')
			w.Write(row)
		}
	})
}

// vocabulary is how many different words a text has.
const vocabulary = 100_000

// writeText writes a file of words, some to a line, and returns their number. The word of rank k occurs about
// 1/k^1.05 as often as the first, which is how natural language is.
func writeText(name string, bytes int) (n int, err error) {
	r := rand.New(rand.NewPCG(2, uint64(bytes)))
	words := make([][]byte, vocabulary)
	sum := 0.0
	for i := range words {
		words[i] = letters(r, 2+r.IntN(12))
		sum += math.Pow(float64(i+1), -1.05)
	}
	// Drawing an index into draws draws a word as often as it should occur.
	draws := make([]int32, 1<<21)
	word, until := 0, 0.0
	for i := range draws {
		for float64(i) >= until*float64(len(draws)) && word < vocabulary {
			until += math.Pow(float64(word+1), -1.05) / sum
			word++
		}
		draws[i] = int32(word - 1)
	}
	err = write(name, func(w *bufio.Writer) {
		for written := 0; written < bytes; n++ {
			word := words[draws[r.IntN(len(draws))]]
			w.Write(word)
			written += len(word) + 1
			if n%12 == 11 {
				w.WriteByte('\n')
			} else {
				w.WriteByte(' ')
			}
		}
		w.WriteByte('\n')
	})
	return n, err
}

// writeKeys writes a file of lines that are almost all different.
func writeKeys(name string, lines int) error {
	r := rand.New(rand.NewPCG(3, uint64(lines)))
	return write(name, func(w *bufio.Writer) {
		for range lines {
			w.Write(strconv.AppendUint(nil, r.Uint64N(uint64(lines)), 36))
			w.WriteString("-key\n")
		}
	})
}

func letters(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + r.IntN(26))
	}
	return b
}

func write(name string, fill func(*bufio.Writer)) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fill(w)
	if err := w.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
