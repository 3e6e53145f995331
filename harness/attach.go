package harness

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

// Attach looks at a server that somebody else runs: what it says of itself is all that there is. key is
// sent with every question and kept in memory only; "" none. A server that loads is waited for. Errors
// say what is wrong with what the user gave.
func Attach(ctx context.Context, t plan.Target, key string, limits Limits) (*Lab, error) {
	g := &guest{url: t.URL, key: key, lives: 1}
	lab := &Lab{Host: SurveyHost(), Target: t, guest: g}
	client := g.connect()
	defer client.HangUp()
	if err := g.await(ctx, client, Limits{Ready: limits.Ready}); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, g.explain(err)
	}
	back, err := client.ReadBack(ctx)
	if err != nil {
		return nil, g.explain(err)
	}
	if back.Slots < 1 || back.SlotContext < 1 {
		return nil, fmt.Errorf("the server at %s does not say how many slots it has; see that it is a llama-server with a model", t.URL)
	}
	if g.pulse, err = client.Feel(ctx); err != nil {
		return nil, g.explain(err)
	}
	g.back = back
	lab.describe(back)
	return lab, lab.learnIDs(ctx, client)
}

// describe enters what the server says of itself.
func (lab *Lab) describe(back server.ReadBack) {
	lab.Binary = trial.Binary{Version: back.Build}
	if m := buildInfo.FindStringSubmatch(back.Build); m != nil {
		lab.Binary.Version, lab.Binary.Commit = m[1], m[2]
		lab.Binary.Build, _ = strconv.Atoi(m[1])
	}
	named := plan.Target{Model: back.Model}
	lab.Model = trial.Model{Name: named.ModelName(), FileType: back.FileType, SizeBytes: back.SizeBytes, TrainedContext: back.TrainedContext, Vocabulary: back.Vocabulary}
	lab.Target.Name = cmp.Or(lab.Target.Name, named.ModelName())
	lab.Target.Backend = cmp.Or(lab.Target.Backend, "attached")
}

// buildInfo is what /props calls a build: b11669-Debian.
var buildInfo = regexp.MustCompile(`^b(\d+)-(\S+)$`)

// Attached are the slots of a server that somebody else runs, and the context of each; false: the server
// is ours to start.
func (lab *Lab) Attached() (slots, context int, yes bool) {
	if lab.guest == nil {
		return 0, 0, false
	}
	return lab.guest.back.Slots, lab.guest.back.SlotContext, true
}

// learnIDs finds out which token ids may be drawn freely, and a name for the vocabulary: both come from
// what the server's tokenizer makes of ordinary text. Control tokens never come out of that.
func (lab *Lab) learnIDs(ctx context.Context, client *server.Client) error {
	pieces, err := client.Tokenizer("", nil).TokenizePieces(ctx, ordinaryText())
	if err != nil {
		return lab.guest.explain(err)
	}
	name := sha256.New()
	fmt.Fprintln(name, lab.Model.Vocabulary, pieces)
	ids := slices.Concat(pieces...)
	slices.Sort(ids)
	lab.ordinary = slices.Compact(ids)
	lab.tokens = "attached-" + hex.EncodeToString(name.Sum(nil)[:8])
	return nil
}

// ordinaryText are the words of all shapes, and characters of many scripts.
func ordinaryText() []string {
	var pieces []string
	all, err := shapes.ParseList("all")
	if err != nil {
		panic(err) // a word of ours
	}
	for _, s := range all {
		for _, span := range s.Spans() {
			pieces = append(pieces, span.Lexicon()...)
		}
	}
	for _, script := range [][2]rune{{0x20, 0x7e}, {0xa1, 0x17f}, {0x370, 0x52f}, {0x5d0, 0x5ea}, {0x620, 0x64a}, {0x3041, 0x30ff}, {0x4e00, 0x5fff}} {
		for r := script[0]; r <= script[1]; r++ {
			pieces = append(pieces, string(r))
		}
	}
	return pieces
}
