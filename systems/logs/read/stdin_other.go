//go:build !unix

package read

import (
	"context"
	"io"
	"os"
)

// standardInput cannot be interrupted here: a reader that waits for it is named
// as stuck after a while.
func standardInput(context.Context) (in io.Reader, stop func()) { return os.Stdin, func() {} }
