package oracle

import "fmt"

func wrong(oracle, class string, slot int, title, format string, args ...any) Result {
	return corrupt(Finding{Oracle: oracle, Class: class, Title: title, Key: title, Detail: fmt.Sprintf(format, args...), Slot: slot})
}

// complete judges how the answer ended. We forbid the end of text and give no stop words, so a sound
// answer ends by its limit, or because the slot is full; llama-server calls the latter truncated, and
// its stop is "limit" too.
func complete(a Answer) Result {
	bad := func(title, format string, args ...any) Result {
		return wrong(CompleteOracle, BadAnswer, a.Slot, title, format, args...)
	}
	asked := max(1, a.Asked) // to llama-server 0 is 1
	switch {
	case !a.Complete:
		return bad("the answer breaks off", "the answer broke off after %d of %d tokens, without its final event", max(a.Predicted, len(a.Tokens)), asked)
	case a.Stop == "":
		return cannot(CompleteOracle, a.Slot, "the server does not say why it stopped")
	case a.Stop != "limit" && a.Stop != "eos":
		return bad("stopped for no reason", "the answer stopped for %q after %d of %d tokens; it was to go on to its limit", a.Stop, a.Predicted, asked)
	case a.Truncated && a.Context == 0:
		return cannot(CompleteOracle, a.Slot, "the answer is cut off because the slot is full, and what it holds is not known")
	case a.Truncated && a.Counted+asked < a.Context:
		return bad("truncated with room left", "the answer is called truncated at %d tokens of prompt and %d of reply; the slot holds %d", a.Counted, a.Predicted, a.Context)
	case a.Stop == "limit" && !a.Truncated && a.Predicted < asked:
		return bad("too few tokens", "the answer stopped at its limit after %d of %d tokens", a.Predicted, asked)
	}
	return clean(CompleteOracle, a.Slot)
}

// counts judges whether the numbers agree. Ids may be fewer than tokens: the server sends none for a
// token that ends within a character.
func counts(a Answer) Result {
	bad := func(title, format string, args ...any) Result {
		return wrong(CountsOracle, BadCount, a.Slot, title, format, args...)
	}
	switch {
	case !a.Complete:
		return cannot(CountsOracle, a.Slot, "the numbers come with the final event, and that did not")
	case a.Sent > 0 && a.Counted != a.Sent:
		return bad("prompt counted otherwise", "%d prompt tokens were sent, the server counted %d", a.Sent, a.Counted)
	case a.Predicted > max(1, a.Asked):
		return bad("too many tokens", "the server generated %d tokens, asked for were %d", a.Predicted, max(1, a.Asked))
	case len(a.Tokens) > a.Predicted:
		return bad("more ids than tokens", "%d ids came, the server counted %d tokens of reply", len(a.Tokens), a.Predicted)
	case a.Cached == 0 && a.Processed == 0:
		return cannot(CountsOracle, a.Slot, "the server does not say how many tokens it took from the cache")
	case a.Cached+a.Processed != a.Counted && !a.Truncated: // a context that was shifted has other numbers
		return bad("processed otherwise", "%d tokens from the cache and %d processed are not the %d of the prompt", a.Cached, a.Processed, a.Counted)
	case a.Processed == 0:
		return bad("nothing processed", "no prompt token was processed, %d came from the cache; the last one must be", a.Cached)
	}
	return clean(CountsOracle, a.Slot)
}
