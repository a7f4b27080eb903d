package main

import (
	"os"

	"github.com/trivet-go/trivet/state/guarded"
)

// lazyFile is a file that is made by the first write, and appended to.
type lazyFile struct {
	name string
	file guarded.Value[*os.File]
}

func (l *lazyFile) Write(b []byte) (n int, err error) {
	l.file.Do(func(f **os.File) {
		if *f == nil {
			if *f, err = os.OpenFile(l.name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
				return
			}
		}
		n, err = (*f).Write(b)
	})
	return n, err
}

func (l *lazyFile) Close() (err error) {
	l.file.Do(func(f **os.File) {
		if *f != nil {
			err = (*f).Close()
		}
	})
	return err
}
