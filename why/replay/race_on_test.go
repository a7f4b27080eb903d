//go:build race

package replay

// The race detector makes the scheduler random.
const raceDetector = true
