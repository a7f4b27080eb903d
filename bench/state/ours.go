package state

import "github.com/trivet-go/trivet/bench/internal/contest"

func ourUpdates(int) []contest.Subject   { return nil }
func ourReads(int) []contest.Subject     { return nil }
func ourSnapshots() []contest.Subject    { return nil }
func ourReplacements() []contest.Subject { return nil }
func ourTwoAtOnce(int) []contest.Subject { return nil }
func snapshotTargets() []contest.Target  { return nil }
func twoAtOnceTargets() []contest.Target { return nil }
