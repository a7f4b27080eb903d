//go:build !unix

package read

import (
	"context"
	"os"
)

// open opens a file, or standard input. Waiting for a pipe cannot be interrupted
// here: a reader that does is named as stuck after a while.
func open(_ context.Context, name string) (*os.File, func(), error) {
	if name == "-" {
		return os.Stdin, func() {}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	return f, func() { f.Close() }, nil
}
