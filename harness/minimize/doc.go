// Package minimize reproduces what broke a server, shrinks it, and finds the build with which it began.
// Like package search it is asked "what next?" and told "this happened": it knows no clock, file, process
// or network and draws no random numbers, so that every decision can be made again from a journal.
//
// There are four stories, each a plain function that asks through one function value:
//
//	Reproduce   the same scenario again: same bug, another, or not reproduced; does history matter
//	Minimize    the smallest scenario and recipe that break with the bug, and what they show
//	StillThere  is the bug gone, at an error of one in a hundred
//	Builds      the first build of many that breaks
//
// A [Session] tells a story one answer at a time, and takes it up again from a journal:
//
//	session, err := minimize.Minimize(settings)
//	err = session.Replay(journal)            // nothing that is answered is asked again
//	for {
//		question, open := session.Next()     // the same until told
//		if !open { break }
//		...journal the open entry, run question.Scenario on a fresh start, journal the answer...
//		err = session.Tell(question, answer)
//	}
//	result := session.Result()
//
// # The way of shrinking
//
//  1. Replay: the scenario as it is, until it breaks. The rest is cut off: steps that came later, and
//     tokens beyond one batch above the position at which it broke.
//  2. Measure: three hits or ten runs. The rate p says how often a candidate is run: ceil(1/p) clean
//     runs reject it, the first hit with a signature of this bug accepts it. That is one-sided on purpose: a
//     false reject leaves the result larger than it might be, a false accept cannot be.
//  3. Scenario: the request that broke alone on one slot, alone, then the history in slices; then overlap,
//     slots, reply, cache, cancels, delays.
//  4. Length: halve, then bisect to 6 %, by the positions of crashes where there are any.
//  5. Content, at constant length: all filler; as many distinct ids in no order, then fewer; spans in
//     thirds and halves; the parts of a mixed shape. What does not matter is replaced, never deleted.
//  6. Controls that should stay clean, then the gate: the result's own rate.
//  7. Diagnosis: the result with one setting of the server changed. A table, not a smaller result.
//
// The invariant: whatever the story holds as its smallest was run and broke with the bug, and is in no
// respect larger than the start. So it may end at any time, by its budget or by us.
package minimize
