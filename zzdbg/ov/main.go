package main

import (
	"context"
	"fmt"
	"os"

	"github.com/trivet-go/trivet/internal/overlay"
)

func main() {
	tool, err := overlay.Find(context.Background(), ".", os.Environ())
	if err != nil {
		panic(err)
	}
	o, err := overlay.Generate(context.Background(), tool, "")
	if err != nil {
		panic(err)
	}
	fmt.Println(o.File)
}
