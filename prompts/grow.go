package prompts

import "slices"

// After is the prompt of n tokens that begins with what a slot holds already, an earlier and shorter
// prompt of the same recipe and the reply to it, and goes on with the recipe's own tokens. It is what
// a server that reuses its cache has only the new tokens of to compute. The prompt is of form [IDs];
// n is above the number of held tokens, and at most what p has.
func (p Prompt) After(held []int32, n int) Prompt {
	grown := p
	grown.IDs = append(slices.Clip(slices.Clone(held)), p.IDs[len(held):n]...)
	grown.Recipe.Tokens, grown.Target, grown.Tokens = n, n, n
	grown.Hash = hashIDs(grown.IDs)
	return grown
}

// Said is the prompt as the text that its ids say.
func (p Prompt) Said(text string) Prompt {
	p.Text, p.Hash = text, hashText(text)
	return p
}

// Changed is the prompt with other ids in place of its recipe's, as many.
func (p Prompt) Changed(ids []int32) Prompt {
	p.IDs, p.Hash = ids, hashIDs(ids)
	return p
}
