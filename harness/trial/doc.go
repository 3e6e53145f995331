// Package trial says what was seen and how it is judged. It is pure: it knows no clock, file,
// process or network; times are values that somebody else took.
//
// From the bottom up:
//
//  1. A [Request] is one prompt sent to one slot, with what came back.
//  2. An [Attempt] is one round of requests against a start. Its [Outcome] is what happened.
//  3. A [Start] is one life of the server. It is the unit of risk: many requests in one start are
//     not many trials.
//  4. A [Trial] is everything seen of one cell. [Judge] computes its [Verdict]; a verdict is never
//     stored as a second truth.
//
// Five kinds of ending stay apart: a finding (the subject's fault), a refusal (a limit, not a
// fault), trouble (tester or lab), interruption (Ctrl-C: counts for nothing), and host lost (the
// attempt is found open at the next start).
package trial
