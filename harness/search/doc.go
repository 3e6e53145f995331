// Package search finds the largest prompt that a server holds, and says how sure that is. It is
// asked "what next?" and told "this happened": it knows no clock, file, process or network and
// draws no random numbers, so that every decision can be made again from a journal.
//
// The way through one cell (a configuration and a shape) is scout, confirm, check:
//
//  1. Smoke: cold prompts of 2,048 and 8,192 tokens. What dies at once is found in minutes.
//  2. Limit: would a prompt of the ceiling be accepted at all? A refusal is answered before any
//     work is done, so its exact edge costs milliseconds, found by bisection of cheap questions.
//  3. Scout: one chain, a cached prompt that grows by appending until something breaks. A crash
//     is not one bit: the position at which it happened is worth about eight probes of a
//     bisection.
//  4. Confirm: clean exposures at the candidate, cold ones and fresh scouts in turn, until K
//     count. An exposure of length m counts for a candidate N only if N <= m <= the shortest
//     crash seen: passes at or above a crash prove nothing about shorter prompts.
//  5. Check: one cold prompt just above a scout's crash, or a chain up to a smoke's. It tells a
//     fault of the length from one of a path, and is the first reproduction. Most checks crash:
//     they come last, where no reload follows, and an exposure more is asked where one lowers the
//     candidate.
//
// The invariant of the whole package: a claim is never above (1-guard) times the shortest crash,
// and no number of passes ever takes a crash back.
//
// A [Search] is one cell. A [Campaign] is many cells that share server lives, breadth first:
//
//	campaign, err := search.New(settings, cells)
//	err = campaign.Replay(journal)           // nothing that is finished is asked again
//	for {
//		next := campaign.Next()          // the same until told
//		if next.Done { break }           // next.Reason says why
//		...journal the open entry, run next.Probe, journal the answer...
//		err = campaign.Tell(next.Probe, answer)
//	}
//	edges := campaign.Edges()
//
// Sizes are prompt tokens per slot, or context tokens per slot where [Settings.Axis] is ctx.
package search
