// Package far starts and watches rpc-servers on other hosts, over the system's own ssh.
//
// # The two sides
//
// On the far side our own program runs as a helper ([Main]); the near side is a [Host]. They speak JSON,
// a value a line: requests on the helper's standard input, messages on its standard output. The helper
// starts rpc-servers as package peer does it, under guards of package process, and tells their lines,
// their ends with the real signal, that host's kernel log, what its GPUs show, and what the kernel tells
// of a process. ssh's own exit status says nothing but that the link is gone: a remote SIGSEGV arrives
// as 255 there, which is also ssh's own error.
//
// # Nothing is left behind
//
// The helper's standard input is its lifeline: at its end, and after a silence, the helper ends what it
// started and itself. A helper that is killed takes its rpc-servers with it: their guards see to that. A
// link that is cut is noticed on either side by silence; see [Options.Silence]. A helper that takes the
// place of one that was cut off ends that first, by pid and start time.
//
// # ssh
//
// One connection for each host, which everything goes through (ControlMaster), in a directory that only
// we may enter. It is a child of ours, under a guard, in the foreground: it ends with us. Nothing is
// ever asked of the user (BatchMode): an unknown host key or a missing key is an error that says what to
// do.
//
// # The program on the far side
//
// It is copied there when it is not there yet, through the same connection, to
// ~/.cache/ctxcliff/helper-HASH, where HASH is that of the file; first under another name, so that half a
// copy is never run.
//
// # Clocks
//
// What the far side tells carries its own times. The near side moves them by the difference between the
// clocks, which it measures with each ping: the far clock's reading is taken to belong to the middle
// between question and answer, and the quickest answer counts. The error is half of that answer's time,
// at most.
package far
