package show

import (
	"os"

	"golang.org/x/sys/windows"
)

// understandsEscapes switches escape sequences on, which consoles before
// Windows Terminal have off.
func understandsEscapes(f *os.File) bool {
	console := windows.Handle(f.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
