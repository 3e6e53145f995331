package oracle

import (
	"fmt"
	"math"
	"slices"
)

const nanTitle = "the logits are NaN"

// nan judges logprobs. llama-server answers NaN logits with status 200, some token, and null.
func nan(a Answer) Result {
	i := slices.IndexFunc(a.Logprobs, math.IsNaN)
	switch {
	case i >= 0:
		return corrupt(Finding{NaNOracle, NaNLogits, nanTitle, "", fmt.Sprintf("the logprob of token %d of %d is null", i+1, max(a.Predicted, len(a.Tokens))), a.Slot})
	case len(a.Logprobs) == 0:
		return cannot(NaNOracle, a.Slot, "the answer has no probabilities")
	}
	return clean(NaNOracle, a.Slot)
}

func hasNaN(a Answer) bool { return slices.ContainsFunc(a.Logprobs, math.IsNaN) }
