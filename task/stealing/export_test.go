package stealing

// Half returns rules under which whoever asks is offered half of the records,
// as Go's scheduler gives half of a queue of goroutines.
func Half(r Rules) Rules {
	r.half = true
	return r
}
