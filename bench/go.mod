module github.com/trivet-go/trivet/bench

go 1.26.0

replace github.com/trivet-go/trivet => ../
