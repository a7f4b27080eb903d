// Package tinymessages finds channels that carry values one by one, where a value is
// less work than sending it.
//
// Question 1, selection: is a channel right for this piece of work? No demon, only
// waste: handing a value over costs tens to hundreds of nanoseconds, some thousands
// when another core has to be woken.
//
// WRONG
//
//	for _, b := range data {
//		bytes <- b // a few nanoseconds of work on the other side
//	}
//
// RIGHT: send slices of them, or do the work where the value is made; see trivet why
// tiny-messages.
//
// FINE WHEN the values are few, or what counts is that they come at once and in
// order. A loop that counts to a constant of 64 or less is not reported.
//
// FOUND BY the code: a loop that counts sends on a channel of which all operations are
// seen, in the package that makes it; that loop and all that receive, over all stages
// in between, have no loop inside, wait for nothing else, and call nothing that is not
// tiny.
//
// SURE: high that the work is tiny; a recording tells how many values there are.
package tinymessages
