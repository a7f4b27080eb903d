package consume

import "errors"

var errClosed = errors.New("closed")
var ErrClosedForTest = errClosed
