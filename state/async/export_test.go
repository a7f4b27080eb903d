package async

import (
	"io"
	"runtime"
)

// ReportLost does what the cleanup of the future's promise does.
func ReportLost[T any](f *Future[T], w io.Writer) {
	pc, _, _, _ := runtime.Caller(1)
	lost[T]{f, pc}.report(w)
}
