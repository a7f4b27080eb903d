package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/trivet-go/trivet/why/law"
)

const csvHint = "the first line is cores,seconds or cores,seconds,size, and every other line has such numbers"

// openPoints reads the measured points of -fit.
func openPoints(e *env, name string) ([]law.Point, error) {
	if name == "-" {
		return readPoints(e.stdin, "standard input")
	}
	path := name
	if e.dir != "" && !filepath.IsAbs(path) {
		path = filepath.Join(e.dir, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, withHint(fmt.Errorf("%s: %w", name, cause(err)), "-fit takes the name of a CSV file, or - for standard input")
	}
	defer f.Close()
	return readPoints(f, name)
}

// readPoints parses CSV with a header. Errors name file:line.
func readPoints(r io.Reader, name string) ([]law.Point, error) {
	table := csv.NewReader(r)
	table.Comment = '#'
	table.TrimLeadingSpace = true
	table.ReuseRecord = true
	table.FieldsPerRecord = -1 // checked here, for a clearer message
	header, err := table.Read()
	switch {
	case err == io.EOF:
		return nil, withHint(fmt.Errorf("%s: no header line", name), csvHint)
	case err != nil:
		return nil, csvError(name, err)
	}
	columns, err := readHeader(header)
	if err != nil {
		return nil, withHint(fmt.Errorf("%s:%d: %w", name, line(table), err), csvHint)
	}
	var points []law.Point
	for {
		record, err := table.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, csvError(name, err)
		}
		p, err := columns.point(record)
		if err != nil {
			return nil, withHint(fmt.Errorf("%s:%d: %w", name, line(table), err), csvHint)
		}
		points = append(points, p)
	}
	if len(points) == 0 {
		return nil, withHint(fmt.Errorf("%s: no line after the header", name), csvHint)
	}
	return points, nil
}

func line(r *csv.Reader) int {
	l, _ := r.FieldPos(0)
	return l
}

func csvError(name string, err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return withHint(fmt.Errorf("%s:%d: %w", name, parse.Line, parse.Err), csvHint)
	}
	return fmt.Errorf("read %s: %w", name, err)
}

// csvColumns is which column holds what; -1 = none does.
type csvColumns struct{ cores, seconds, size, count int }

func readHeader(header []string) (csvColumns, error) {
	c := csvColumns{-1, -1, -1, len(header)}
	for i, title := range header {
		title = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(title, "\ufeff")))
		column, ok := map[string]*int{"cores": &c.cores, "seconds": &c.seconds, "size": &c.size}[title]
		switch {
		case !ok:
			return c, fmt.Errorf("unknown column %q", title)
		case *column >= 0:
			return c, fmt.Errorf("column %q appears twice", title)
		}
		*column = i
	}
	if c.cores < 0 || c.seconds < 0 {
		return c, errors.New("a column cores and a column seconds are needed")
	}
	return c, nil
}

func (c csvColumns) point(record []string) (p law.Point, err error) {
	if len(record) != c.count {
		return p, fmt.Errorf("%d fields, and the header has %d", len(record), c.count)
	}
	field := func(i int) string { return strings.TrimSpace(record[i]) }
	if p.Cores, err = strconv.Atoi(field(c.cores)); err != nil {
		return p, fmt.Errorf("cores %q is not a whole number", field(c.cores))
	}
	if p.Seconds, err = strconv.ParseFloat(field(c.seconds), 64); err != nil {
		return p, fmt.Errorf("seconds %q is not a number", field(c.seconds))
	}
	if c.size < 0 {
		return p, p.Check()
	}
	if p.Size, err = strconv.ParseFloat(field(c.size), 64); err != nil {
		return p, fmt.Errorf("size %q is not a number", field(c.size))
	}
	if p.Size == 0 {
		return p, errors.New("0 is not a problem size")
	}
	return p, p.Check()
}
