// Package harness turns cells into trials. It owns the loop and the order of events; everything it
// sees it hands to a [Recorder] and tells a [Listener].
//
// One attempt always goes the same way:
//
//  1. Settle: no server of ours is alive and the port is free. A foreign listener is refused by
//     name, never measured.
//  2. Intent: the start and its first attempt are durable in the [Recorder] before the launch.
//  3. Launch: fresh rpc-servers, if any are ours, then a check that the binary can use all peers, then
//     the server; each runs below a guard process, so that nothing of it survives us, not even kill -9.
//     A life of the server is a life of its peers. The server's own numbers (/props, /slots) are
//     compared with the plan; a mismatch invalidates the start.
//  4. Warm-up, apart and labelled, then the wave: one prompt of the exact size for each slot, all
//     at once, each pinned to its slot and watched by tokens.
//  5. Judge: process, progress, answers and health make one [trial.Wave]; its conclusion is the
//     outcome.
//  6. The result is durable before anything is launched again.
//
// A server that dies by itself after it has answered takes the pass of its last attempt back; it is
// looked at before it is used again, so that nobody else gets the blame. Each start that was begun is
// ended, and each attempt, whatever comes in between: an interruption, or a record that cannot be
// written.
//
// One loop runs the matrix, one configuration at a time: two servers on one GPU would measure each
// other. Goroutines exist only inside a wave, one for each slot, and the wave waits for all of them.
package harness
