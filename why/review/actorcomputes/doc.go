// Package actorcomputes finds actor loops that calculate while others wait for
// their answers.
//
// Question 1, selection: is an actor right for heavy work? It does one thing at a
// time, on one core. The demon is starvation: short requests wait behind long ones.
//
// WRONG
//
//	for req := range mailbox {
//		req.reply <- render(req.page) // the others wait in line
//	}
//
// RIGHT: the actor keeps the state, and who asked computes; see trivet why
// actor-computes.
//
// FINE WHEN the order of the work is the point, or there is less of it than one core
// does.
//
// FOUND BY the code: one goroutine receives in a loop, changes state that outlives a
// message, and answers on a channel that came with it, after it has called a function
// that is known to be heavy, or calculated in a loop within a loop. Or a method does so
// that actors.Method or actors.Action has made a message, of a kind whose actors change,
// and it has an answer or is seen to be called.
//
// SURE: high that it computes while others wait; a recording tells how much of the
// time that is.
package actorcomputes
