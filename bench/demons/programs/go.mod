module github.com/trivet-go/trivet/bench/demons/programs

go 1.26.0
