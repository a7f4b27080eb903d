package group

import "github.com/trivet-go/trivet/bench/internal/contest"

func ours() []way               { return nil }
func addTargets([]contest.Case) {}
