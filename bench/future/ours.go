package future

import (
	"context"

	"github.com/trivet-go/trivet/bench/internal/contest"
)

func ourGo(func(func(context.Context, int)) func(int)) []contest.Subject { return nil }
func ourKept() []contest.Subject                                         { return nil }
func ourDone() []contest.Subject                                         { return nil }
func ourMany() []contest.Subject                                         { return nil }
func ourShared() []contest.Subject                                       { return nil }
func goTargets() []contest.Target                                        { return nil }
func keptTargets() []contest.Target                                      { return nil }
func doneTargets() []contest.Target                                      { return nil }
