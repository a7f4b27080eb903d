// Package mapreduce computes something for every key of an input: counts, sums,
// lists, extremes. It splits the input, maps the pieces at the same time, combines
// what they give for a key on the spot, and merges at the end.
//
//	words := mapreduce.Job[*mapreduce.Text, string, int, int]{
//		Map: func(text *mapreduce.Text, out *mapreduce.Out[string, int]) error {
//			for word := range text.Words() {
//				*out.At(word)++
//			}
//			return nil
//		},
//		Combine: func(sum *int, n int) { *sum += n },
//	}
//	counts := words.Run(ctx, mapreduce.Files("books/*.txt"))
//	for word, n := range counts.All() {
//		fmt.Println(word, n)
//	}
//	return counts.Err()
//
// Use it where keys repeat and values can be combined. For one result of everything
// use forkjoin.Reduce; for one result of each item, in order, scoped.Map; for input
// that never ends, flow/pipeline.
//
// # Words
//
// An input is made of parts, which are files or readers, and is taken in pieces of
// whole lines. A key's value is what Map has found for it so far, in the table of one
// worker; the values of several workers meet in Combine. Reduce makes a result of the
// last one. A token is a piece of text that is still where it was read.
//
// # Map
//
// Map gets a piece, not a record, and loops over it. So nothing is called for a
// record, save what the loop's body calls: Words, Lines, Pairs and Records are
// inlined, and the place of a value that [Out.At] returns is there to be changed.
// Tokens are looked up as they stand in the input; only a key that is new is copied.
//
// Three ways to leave a value:
//
//	*out.At(word)++            // by token, in place; the zero V is where it begins
//	out.Of(key).add(x)         // by key, in place
//	out.Emit(key, v)           // by key, through Combine; the first v is taken as it is
//
// # Memory
//
// Without [Job.Memory] all keys are in memory. With it, tables that are full are
// sorted, written to temporary files and emptied, and the files are merged while the
// results are read. For that, values must be something that can be written: see
// [Codec]. The files have no names while they are in use, where the system permits,
// so they are gone when the run is, however it ends.
//
// # Results
//
// A run takes place while its results are read, by [Results.All], which is the
// fastest, by [Results.Sorted], or by [Results.Collect]. They are the same whatever
// the number of workers, provided that Combine does not mind the order; [Job.Ordered]
// is for those that do.
//
// # When something goes wrong
//
// The first error of Map, of reading or of a temporary file ends the run, and is what
// Err returns; no result is yielded. Where a record is malformed it is a
// [*RecordError] with the file and the offset, unless the Input says that such records
// are skipped and counted. When ctx is done, no other piece is begun, and Err returns
// the cause of ctx. A panic of Map, Combine or Reduce ends the run and is raised again
// by All, as a *trivet.PanicError.
//
// # Demons
//
// Races: each worker has a table of its own, and there is nothing that Map could
// share by accident but what it brings along. Starvation: pieces are small and are
// taken by whoever is free, so a long file occupies everybody, not somebody. A reader
// or a compressed file is read by one worker at a time, and mapped by all.
package mapreduce
