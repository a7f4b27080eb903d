package spawn

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
)

// NameOf names a function for a *trivet.StuckError.
func NameOf(f any) string { return functionAt(entry(f)) }

// entry returns where the code of f begins, 0 if f is no function.
func entry(f any) uintptr {
	if v := reflect.ValueOf(f); v.Kind() == reflect.Func {
		return v.Pointer()
	}
	return 0
}

// functionAt names the function that begins at pc.
func functionAt(pc uintptr) string {
	f := runtime.FuncForPC(pc)
	if f == nil {
		return "unknown function"
	}
	file, line := f.FileLine(pc)
	return fmt.Sprintf("%s (%s:%d)", f.Name(), path.Base(file), line)
}
