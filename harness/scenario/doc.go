// Package scenario has the words for what is replayed: the requests of one server start, in order.
// It is pure: it makes no prompt and sends nothing, it only says what is to be sent.
//
//	Scenario  one start: slots, context, the flags that matter, and its steps
//	Step      a wave: requests that are sent together; the next begins when the last has ended
//	Request   one prompt to one slot: recipe, reply length, cache, cancel, delay, endpoint
//	Recipe    what makes the prompt again, and what of it is only filler
//
// A recipe is made smaller by replacing, never by deleting: the prompt that shape, seed and nonce make
// stays where it is, and what does not matter becomes filler, so that length and content are separate
// things. [Recipe.Apply] is that replacement, over the token ids that the shape made:
//
//	ids, head := ...                 // of Shape, Seed, Nonce at Tokens tokens; head are the nonce's
//	prompt := recipe.Apply(ids, head, fillerIDs)
//
// Two scenarios that put the same bytes to the same server have the same [Scenario.Key].
package scenario
