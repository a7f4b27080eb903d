package hunt

import "testing"

func TestDied(t *testing.T) {
	const asleep = "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\nmain.main()\n\t/x.go:1\n"
	for _, c := range []struct {
		what, output string
		status       int
		want         string
	}{
		{"died", asleep, 2, "all goroutines are asleep - deadlock!"},
		{"a child died, and the test failed", asleep + "--- FAIL: TestChild\nFAIL\n", 1, ""},
		{"a child died, then the test itself", asleep + "panic: mine\n\ngoroutine 1 [running]:\n", 2, "mine"},
		{"exit", "bye\n", 2, ""},
		{"a race", "WARNING: DATA RACE\n", 66, ""},
	} {
		if got, _ := died(&run{status: c.status, output: c.output}); got != c.want {
			t.Errorf("%s: %q, not %q", c.what, got, c.want)
		}
	}
}
