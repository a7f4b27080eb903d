module cgo

go 1.24
