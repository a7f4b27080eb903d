package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ErrPlain tells that a binary was built without the overlay.
var ErrPlain = errors.New("built without the overlay")

// mark is the string by which a patched binary is known. It is put together at
// run time, so that trivet's own plain binary does not have it too.
func mark() string { return strings.ToUpper("patched by trivet overlay") }

// Verify returns nil if a binary was built with an overlay of this package, and
// ErrPlain if not. go build ignores an entry of overlay.json that it does not
// recognise, a relative path for instance, without a word. The mark is a string
// in the binary's data, so -trimpath and stripped binaries have it too.
func Verify(binary string) error {
	f, err := os.Open(binary)
	if err != nil {
		return fmt.Errorf("look for the hooks: %w", err)
	}
	defer f.Close()
	found, err := contains(f, []byte(mark()))
	if err != nil {
		return fmt.Errorf("look for the hooks in %s: %w", binary, err)
	}
	if !found {
		return fmt.Errorf("%s: %w", binary, ErrPlain)
	}
	return nil
}

// contains reports whether r holds mark, reading a piece at a time.
func contains(r io.Reader, mark []byte) (bool, error) {
	const piece = 1 << 20
	buf := make([]byte, 0, piece+len(mark))
	for {
		n, err := io.ReadFull(r, buf[len(buf):len(buf)+piece])
		buf = buf[:len(buf)+n]
		if bytes.Contains(buf, mark) {
			return true, nil
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		keep := min(len(mark)-1, len(buf))
		buf = append(buf[:0], buf[len(buf)-keep:]...)
	}
}
