module github.com/trivet-go/trivet/engine/bolt

go 1.26.0

require (
	github.com/trivet-go/trivet v0.0.0-00010101000000-000000000000
	go.etcd.io/bbolt v1.5.0
	pgregory.net/rapid v1.3.0
)

require golang.org/x/sys v0.50.0 // indirect

replace github.com/trivet-go/trivet => ../../
