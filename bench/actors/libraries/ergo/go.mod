module github.com/trivet-go/trivet/bench/actors/libraries/ergo

go 1.26.0

// The module is named ergo.services/ergo; its repository serves it under this name.
replace ergo.services/ergo => github.com/ergo-services/ergo v1.999.320

replace github.com/trivet-go/trivet/bench/actors/peer => ../../peer

require (
	ergo.services/ergo v1.999.320
	github.com/trivet-go/trivet/bench/actors/peer v0.0.0
)
