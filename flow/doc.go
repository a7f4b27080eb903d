// Package flow is the third layer of the library: how work moves through a
// whole program. Its packages decide the flow of data; what a single step does
// is left to the layers below, task and state.
//
//   - pipeline: stages joined by bounded buffers
//   - consume: workers on a queue, with retries and dead letters
//   - scatter: ask many, gather one answer
//   - actors: state with an address: typed messages, supervision
//
// They combine through trivet.Step: a stage may scatter, whose shards fork and
// join, over guarded state, under one context.
package flow
