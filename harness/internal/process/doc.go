// Package process owns one child process (llama-server, rpc-server, or a
// wrapper script around either) and everything that child starts, from the
// launch until the last of them has been reaped.
//
// The promise on Linux: nothing that Start started is left behind, not after
// Stop, not after Ctrl-C, a panic or os.Exit, and not after "kill -9" of
// ctxcliff. It is kept by a small process in between:
//
//		ctxcliff ── lifeline, status ──> guard ── fork, exec ──> the command ──> ...
//		    ^                                                        │
//		    └──────────────── stdout and stderr pipes ───────────────┘
//
//	 1. Start runs this same program again as a guard (see Guard), in a session
//	    of its own, so a Ctrl-C in the terminal reaches neither the guard nor
//	    the command.
//	 2. The guard declares itself a "child subreaper": whatever is started below
//	    it and loses its parent becomes a child of the guard. Daemons with two
//	    forks and a setsid are no exception.
//	 3. The guard starts the command in a process group of its own, with SIGKILL
//	    as its parent death signal, writing straight into pipes of ctxcliff.
//	 4. The guard reads commands from the lifeline. When the lifeline ends, for
//	    whatever reason, it kills everything below it and goes.
//	 5. When the command ends, the guard says so at once, and then removes what
//	    the command left behind. It is done when the kernel says that it has no
//	    children (ECHILD), which with (2) means that there are no descendants.
//
// The words between the two are in protocol.go.
//
// # States
//
// The guard is in one of these states; events are rows, and "-" is "no change":
//
//	                   running            stopping            killing
//	stop(grace)        TERM to group and  the earlier         -
//	                   what left it,      deadline counts
//	                   -> stopping
//	deadline                              -> killing
//	kill               -> killing         -> killing          -
//	lifeline ends      -> killing         -> killing          -
//	command ends       report exit,       report exit         report exit
//	                   -> killing
//	launcher returns,  report adopted     -                   -
//	its program lives
//	no children left   report swept, exit (from every state)
//
// Killing means SIGKILL to the group and to each descendant, repeated until
// nothing is left. What cannot be killed (another user's process, or one held
// in the kernel by a driver) is reported and left after four seconds, or, when
// it is the command itself, waited for as long as ctxcliff lives.
//
// Of a Process the caller sees three moments: Start returns (running), Exited
// is closed (the command has ended, Exit is known), Done is closed (leftovers
// swept, output read to its end, everything of this package waited for).
//
// # Launchers
//
// A command may be a launcher (Spec.Launcher), which runs the program that is meant. It may exec it, stay
// as its parent, return at once and leave it to the guard, or ask somebody else to start it: podman exec.
// The guard adopts a program that was left to it. Launched knows the program by its port, follows it by a
// pidfd, and tells its end from the launcher's; where it is nobody's descendant of ours, Launched ends it,
// by that descriptor. What a kill -9 of ctxcliff leaves of such a one is known by pid and start time in
// ctxcliff's own record only.
//
// # Who owns what
//
// A Process has three goroutines: one reads stdout, one stderr, and watch reads
// the guard's status, waits for the guard and for the two readers, and closes
// Done last. The guard has one loop that owns all of its state, and one
// goroutine that reads the lifeline.
//
// # When the guard itself is killed
//
// The command dies with it through the parent death signal, and ctxcliff then
// looks for the rest by a mark in their environment (OwnerEnv). Exit.GuardLost
// says that this happened: it is trouble of ours, not a finding. If ctxcliff
// and its guard are killed in the same instant, only a grandchild can be left;
// Strays finds it at the next start. A program that clears its environment, or
// a set-user-id program (for which the kernel drops the parent death signal),
// escapes this second net, though not the first one.
//
// # Other systems
//
// Everywhere but on Linux there is no guard: the command is a direct child.
// On Unix systems it has its own process group, and Stop signals the group;
// on Windows Stop kills the one process. There, "kill -9" of ctxcliff leaves
// the command running, start times are unknown, and Descendants, ListenerPID,
// BootID and Strays say that they cannot know.
package process
