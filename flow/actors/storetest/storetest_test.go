package storetest_test

import (
	"testing"

	"github.com/trivet-go/trivet/flow/actors"
	"github.com/trivet-go/trivet/flow/actors/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func() actors.Store { return new(actors.Memory) })
}
