package prompts

import "context"

// Tokenizer knows one vocabulary: a running server's, or one built in (see [Offline]).
type Tokenizer interface {
	// Name identifies the vocabulary: equal names, equal ids for all text.
	Name() string
	// TokenizePieces gives the ids of each piece, tokenised alone, without BOS, and with control tokens
	// read as plain text. One round trip, however many pieces there are.
	TokenizePieces(ctx context.Context, pieces []string) ([][]int32, error)
	// Ordinary is every id that the shape random may draw: no control tokens. In a fixed order.
	Ordinary(ctx context.Context) ([]int32, error)
	// Count is how many tokens the completion endpoint makes of the text, with a BOS if the model has one.
	Count(ctx context.Context, text string) (int, error)
	// CountChat is how many tokens one user message becomes: template and generation prompt included.
	CountChat(ctx context.Context, text string) (int, error)
}
