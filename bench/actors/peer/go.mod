module github.com/trivet-go/trivet/bench/actors/peer

go 1.26.0
