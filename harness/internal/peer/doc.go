// Package peer starts and watches rpc-servers: the processes that a llama-server spreads its model
// over. A [Peer] is ours, started on this host and ended with everything below it. Of somebody
// else's we know the address, and no more: it is never restarted or ended.
//
// An rpc-server serves one client at a time; the next one waits in the kernel's queue, without a word
// and for ever, and that queue is short. Therefore nobody here connects to a peer that a server uses:
// whether one of ours lives, its process says.
//
// Facts about the program (llama.cpp tools/rpc/rpc-server.cpp, b11669): its banner comes before it
// binds; one that could not bind, and one that does not know a flag, end with code 0. So one is ready
// when a connection succeeds, its process lives, and nobody else is the listener.
package peer
