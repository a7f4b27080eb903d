module github.com/trivet-go/trivet

go 1.26
