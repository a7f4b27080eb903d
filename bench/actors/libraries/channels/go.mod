module github.com/trivet-go/trivet/bench/actors/libraries/channels

go 1.26.0

replace github.com/trivet-go/trivet/bench/actors/peer => ../../peer

require github.com/trivet-go/trivet/bench/actors/peer v0.0.0
