package show

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// pseudoTerminal gives a terminal of that many columns.
func pseudoTerminal(t *testing.T, columns uint16) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return terminal
}

func TestTerminalOfTerminal(t *testing.T) {
	tests := []struct {
		columns uint16
		env     []string
		want    Terminal
	}{
		{80, []string{"TERM", "xterm", "LANG", "C.UTF-8"}, Terminal{Interactive: true, Styled: true, UTF8: true, Width: 80}},
		{80, []string{"TERM", "xterm", "NO_COLOR", "1"}, Terminal{Interactive: true, Width: 80}},
		{80, []string{"TERM", "dumb"}, Terminal{Width: 80}},
		{250, []string{"TERM", "xterm"}, Terminal{Interactive: true, Styled: true, Width: MaxWidth}},
		{0, []string{"TERM", "xterm", "COLUMNS", "60"}, Terminal{Interactive: true, Styled: true, Width: 60}},
	}
	for _, tt := range tests {
		if got := TerminalOf(pseudoTerminal(t, tt.columns), environ(tt.env...)); got != tt.want {
			t.Errorf("%d columns, %v: %+v, want %+v", tt.columns, tt.env, got, tt.want)
		}
	}
}
