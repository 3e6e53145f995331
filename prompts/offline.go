package prompts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/tiktoken-go/tokenizer/codec"
)

// offline is a vocabulary that is built in: no BOS, no template.
type offline struct {
	name     string
	codec    func() *codec.Codec
	ordinary func() []int32
}

// codecs are linked one by one: the tokenizer package's own Get would link all four vocabularies.
var codecs = []struct {
	name string
	make func() *codec.Codec
}{
	{"o200k_base", codec.NewO200kBase},
	{"cl100k_base", codec.NewCl100kBase},
}

// OfflineTokenizers are the names that [Offline] knows.
func OfflineTokenizers() []string {
	var names []string
	for _, c := range codecs {
		names = append(names, c.name)
	}
	return names
}

// Offline is a built-in tokenizer, for prompts without a server. Its counts are exact for models with
// that very vocabulary (gpt-oss has o200k_base) and an estimate for all others. It knows no chat template.
func Offline(name string) (Tokenizer, error) {
	for _, c := range codecs {
		if c.name == name {
			o := &offline{name: name, codec: sync.OnceValue(c.make)}
			o.ordinary = sync.OnceValue(o.decodable)
			return o, nil
		}
	}
	return nil, fmt.Errorf("%q is not a built-in tokenizer; choose %s", name, strings.Join(OfflineTokenizers(), " or "))
}

func (o *offline) Name() string { return o.name }

func (o *offline) TokenizePieces(ctx context.Context, pieces []string) ([][]int32, error) {
	all := make([][]int32, len(pieces))
	for i, piece := range pieces {
		ids, _, err := o.codec().Encode(piece)
		if err != nil {
			return nil, fmt.Errorf("encode %q: %w", piece, err)
		}
		for _, id := range ids {
			all[i] = append(all[i], int32(id))
		}
	}
	return all, ctx.Err()
}

func (o *offline) Ordinary(ctx context.Context) ([]int32, error) { return o.ordinary(), ctx.Err() }

// decodable is every id with text: the package does not export its table, and special tokens have none.
func (o *offline) decodable() []int32 {
	var ids []int32
	for id, gap := uint(0), 0; gap < 1000; id++ {
		if _, err := o.codec().Decode([]uint{id}); err != nil {
			gap++
			continue
		}
		ids, gap = append(ids, int32(id)), 0
	}
	return ids
}

func (o *offline) Count(ctx context.Context, text string) (int, error) {
	n, err := o.codec().Count(text)
	return n, errors.Join(err, ctx.Err())
}

func (o *offline) CountChat(context.Context, string) (int, error) {
	return 0, fmt.Errorf("%s has no chat template; make a text, or use a server", o.name)
}
