module github.com/trivet-go/trivet/bench/actors/libraries/goactor

go 1.26.0

replace github.com/trivet-go/trivet/bench/actors/peer => ../../peer

require (
	github.com/trivet-go/trivet/bench/actors/peer v0.0.0
	github.com/vladopajic/go-actor v0.9.0
)

require github.com/gammazero/deque v0.2.1 // indirect
