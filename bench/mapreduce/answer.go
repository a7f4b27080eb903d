package mapreduce

import (
	"bufio"
	"bytes"
	"fmt"
	"math/bits"
	"os/exec"
	"strconv"
	"strings"
)

// stat is what the rows of a station come to, in tenths of a degree.
type stat struct{ min, max, sum, count int64 }

func (s *stat) add(tenths int64) {
	if s.count == 0 {
		s.min, s.max = tenths, tenths
	}
	s.min, s.max = min(s.min, tenths), max(s.max, tenths)
	s.sum += tenths
	s.count++
}

func (s *stat) merge(other stat) {
	if s.count == 0 {
		*s = other
		return
	}
	s.min, s.max = min(s.min, other.min), max(s.max, other.max)
	s.sum += other.sum
	s.count += other.count
}

// An answer is all of a subject's results in one number, in any order: so no subject
// can leave any out.
type answer uint64

func (a *answer) add(key string, values ...int64) {
	h := uint64(14695981039346656037) // FNV-1a, and a multiplication for each value
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	for _, v := range values {
		h = bits.RotateLeft64(h^uint64(v), 29) * 0x9e3779b97f4a7c15
	}
	*a += answer(h ^ h>>32)
}

func (a *answer) station(name string, s stat) { a.add(name, s.min, s.max, s.sum, s.count) }

// output runs a command and adds up the lines that it prints: a key and numbers,
// separated by tabs; or as uniq -c prints them, the number before the key.
func output(uniq bool, name string, args ...string) answer {
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		panic(fmt.Sprintf("%s: %v\n%s", name, err, &stderr))
	}
	var a answer
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		if uniq {
			fields = strings.Fields(lines.Text())
			fields[0], fields[1] = fields[1], fields[0]
		}
		values := make([]int64, len(fields)-1)
		for i := range values {
			if values[i], err = strconv.ParseInt(fields[i+1], 10, 64); err != nil {
				panic(fmt.Sprintf("%s prints %q", name, lines.Text()))
			}
		}
		a.add(fields[0], values...)
	}
	return a
}
