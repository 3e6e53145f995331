// Package store keeps runs in one SQLite file and gives them back as they were.
//
// The subject of ctxcliff kills servers, drivers and hosts, so the store is written for the moment
// after: what it acknowledged is on disk, and what was under way when the power went is found again.
//
//  1. [Open] makes or opens the file, refuses files that are not ours or newer than we are, and
//     brings an older schema up to date. [OpenExisting] is the same for commands that only read.
//  2. [Store.Begin] writes the run with its plan and returns a [Recorder].
//  3. Before each launch and each round of requests the intent is written ([Recorder.BeginStart],
//     [Recorder.BeginAttempt]), afterwards the result ([Recorder.EndStart], [Recorder.EndAttempt]).
//     Each of these calls is one transaction that has reached the disk (WAL, synchronous=FULL) when
//     the call returns.
//     A bisection also keeps its journal: each question before it is asked ([Recorder.BeginProbe]),
//     each answer before the next ([Recorder.EndProbe]).
//  4. [Store.LeftOpen] finds what was begun and never ended, with boot id and processes, so that
//     the next invocation can tell a lost host from a live run; [Store.CloseLeftOpen] writes down
//     what it concluded. [Store.Resume] takes such a run up again.
//  5. [Store.Record] gives a run back: the same values that went in. [Store.Sightings] gives the
//     faults that the attempts of all runs saw; trial.Bugs makes bugs of them.
//
// # What is exact
//
// Texts keep their bytes, UTF-8 or not; lists keep the difference between absent and empty. Times
// are kept in UTC to the microsecond and spans in whole microseconds. Unsigned 64-bit numbers
// (seeds, process start times) are kept as the signed integer of the same bits. API keys are the
// exception: they are replaced by *** before they reach the file (see secrets.go).
//
// # Cancellation
//
// A call whose context ends is rolled back. Results must survive Ctrl-C, so callers pass
// context.WithoutCancel(ctx) to the End functions, Note, and CloseLeftOpen.
//
// # Schema
//
// An attempt is one row, with its requests as JSON: that is what makes it cheap to begin and to end. The view
// requests shows them as columns to whoever asks with SQL.
//
// migrations/ holds numbered SQL files that are only ever added to; PRAGMA user_version says how
// many a file has had. Verdicts are computed from outcomes by package trial and never stored. All
// writing goes through one connection whose transactions begin immediate: a deferred one that
// turns into a writer fails at once when somebody else has written, whatever the busy timeout.
package store
