package consume

// Stats are the counts of a consumer. At any time Taken is Finished + Dead +
// Inside, and Inside is Running + Delayed and those that wait for a worker or
// for their key.
type Stats struct {
	Taken    int64 // items that came from the queue
	Finished int64 // items whose step returned nil
	Dead     int64 // items that were put aside
	Failed   int64 // tries that failed

	Inside  int // items that are neither finished nor dead
	Running int // items that a worker has
	Delayed int // items that wait to be tried again
}

// Report is how a consumer ended.
type Report[T any] struct {
	Stats

	// Abandoned are the items that were taken from the queue and are neither
	// finished nor dead, the oldest first: none if the queue came to its end.
	// The step may have begun with some of them.
	Abandoned []T
}
