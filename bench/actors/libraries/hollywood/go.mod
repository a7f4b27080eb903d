module github.com/trivet-go/trivet/bench/actors/libraries/hollywood

go 1.26.0

replace github.com/trivet-go/trivet/bench/actors/peer => ../../peer

require (
	github.com/anthdm/hollywood v1.0.5
	github.com/trivet-go/trivet/bench/actors/peer v0.0.0
)

require (
	github.com/DataDog/gostackparse v0.7.0 // indirect
	github.com/klauspost/cpuid/v2 v2.0.9 // indirect
	github.com/zeebo/xxh3 v1.0.2 // indirect
	google.golang.org/protobuf v1.32.0 // indirect
)
