// Package kernlog follows the kernel log of this host, because a GPU fault, a
// reset or an out-of-memory kill is told there and often nowhere else.
//
//	log, err := kernlog.Open(ctx)     // *Unreadable says why not and what to do
//	defer log.Close()
//	before := log.Mark()
//	...                               // an attempt runs; its server dies
//	log.WaitQuiet(ctx, kernlog.Quiet{Silence: time.Second, AtMost: 10 * time.Second})
//	lines := log.Since(before)
//
// # Where the lines come from
//
// Open tries, in this order:
//
//  1. /dev/kmsg, non-blocking in the runtime's poller, from its end on. A line
//     is here some microseconds after the kernel has it, numbered, and gaps in
//     the numbers show what was overwritten. Mark and Since first read what the
//     kernel has at that moment: nothing older slips behind a Mark, and nothing
//     that is there is missing from Since.
//  2. "journalctl -k -f -o json", after the last entry there was. Lines come as
//     fast as journald handles them, which under load is not fast: a line can
//     arrive behind a Mark that was set after it was written.
//
// OpenFile follows a file instead, which is how a simulated server speaks as the
// kernel. Follow takes any other Source.
//
// Neither may be readable here; that is an error, never an empty log. Err tells
// when a log that was readable stopped being so, and Line.Lost where lines are
// missing. An empty Since means "nothing happened" only if Err is nil.
//
// # Late lines
//
// A driver notices a hung ring seconds after the process that used it has died,
// and then takes seconds to reset the device, printing all the while. WaitQuiet
// waits until that has ended.
//
// # Times
//
// Line.Mono is the kernel's stamp: time since boot, not counting suspend. It is
// right for order and distances. It is not CLOCK_MONOTONIC: it is taken from the
// raw processor clock, which nobody disciplines, and after weeks of uptime it is
// off by seconds. Adding it to the time of boot is wrong, too, by every suspend
// since. So Line.Wall is not computed from it: it is when this package read the
// line (kmsg, file) or when journald did, which is at once unless this machine
// was too busy to run us; then Mono still tells how far apart lines were.
//
// # Care
//
// Text is data that others wrote: any program that may write to /dev/kmsg can
// put words there, though not with facility 0 (see Line.FromKernel). It is valid
// UTF-8 without control characters; bytes that would be any are spelled \xNN.
//
// Memory is bounded: about 4096 lines and 1 MiB. Past that, lines from before
// the latest Mark go first, then lines from the middle, so the beginning and the
// end of a flood stay.
package kernlog
