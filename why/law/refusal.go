package law

// Reason tells why points cannot carry a fit.
type Reason string

// The reasons of a [Refusal].
const (
	BadPoint     Reason = "bad point"           // a time or core count that no measurement gives
	TooFewCores  Reason = "too few core counts" // fewer distinct core counts than parameters + 1
	FarFromOne   Reason = "one core unknown"    // no one-core point, and extrapolating to it is too unsure
	NoEffect     Reason = "noise beats effect"  // the times differ less between core counts than within one
	TooNoisy     Reason = "parameters unsure"   // the law fits, but with almost any parameters
	WrongShape   Reason = "wrong shape"         // the law misses the points by far
	TooFewSizes  Reason = "too few sizes"       // Gustafson from one problem size would only relabel Amdahl
	SizesFollow  Reason = "sizes follow cores"  // serial and parallel time cannot be told apart
	NothingToSay Reason = "nothing to measure"  // no points at all
)

// Refusal is the error of a fit that the points cannot carry.
type Refusal struct {
	Law    string // "amdahl", "usl" or "gustafson"
	Reason Reason
	Detail string // the fact, in one sentence without a full stop
	Try    string // what to measure instead
}

func (r *Refusal) Error() string { return "no " + r.Law + " fit: " + r.Detail }

// Hint tells what to measure so that the fit can be made.
func (r *Refusal) Hint() string { return r.Try }
