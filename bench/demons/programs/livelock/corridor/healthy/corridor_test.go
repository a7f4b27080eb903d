package corridor

import (
	"context"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	limit := time.Second
	if testing.Short() {
		limit = 400 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	t.Log("done", Run(ctx))
}
