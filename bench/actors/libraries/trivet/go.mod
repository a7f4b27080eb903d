module github.com/trivet-go/trivet/bench/actors/libraries/trivet

go 1.26.0

replace (
	github.com/trivet-go/trivet => ../../../..
	github.com/trivet-go/trivet/bench/actors/peer => ../../peer
)

require (
	github.com/trivet-go/trivet v0.0.0
	github.com/trivet-go/trivet/bench/actors/peer v0.0.0
)
