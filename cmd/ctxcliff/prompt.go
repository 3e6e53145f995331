package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/plan"
	"ctxcliff/prompts"
	"ctxcliff/shapes"
)

func promptCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:  "prompt",
		Usage: "print a prompt of n tokens",
		Description: "The prompt counts exactly --tokens by --tokenizer. Counts of a model with another vocabulary\n" +
			"differ: a screen sends token ids, or fits the text with the server's own tokenizer.\n\n" +
			"Shapes:\n" + shapeHelp(),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "shape", Value: "natural", Usage: "what it is made of"},
			&cli.StringFlag{Name: "tokens", Value: "1k", Usage: "`SIZE` such as 32k or 32Ki"},
			&cli.StringFlag{Name: "tokenizer", Value: "o200k_base", Usage: "`NAME`: " + strings.Join(prompts.OfflineTokenizers(), " or ")},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "same seed, same prompt on any machine"},
			&cli.StringFlag{Name: "nonce", Usage: "`TEXT` to put at its head"},
			&cli.BoolFlag{Name: "ids", Usage: "print token ids, as a JSON array, instead of text"},
			&cli.StringFlag{Name: "out", Usage: "write to `FILE` instead of standard output", TakesFile: true},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			p, err := offlinePrompt(ctx, c)
			if err != nil {
				return usage(err)
			}
			write := func(w io.Writer) error { return writePrompt(w, p) }
			if out := c.String("out"); out != "" {
				err = writeFile(out, write)
			} else {
				err = write(t.stdout)
			}
			if err != nil {
				return printed(trouble(fmt.Errorf("write the prompt: %w", err)))
			}
			return nil
		},
	}
}

func offlinePrompt(ctx context.Context, c *cli.Command) (prompts.Prompt, error) {
	shape, err := shapes.Parse(c.String("shape"))
	if err != nil {
		return prompts.Prompt{}, fmt.Errorf("--shape: %w", err)
	}
	tokens, err := plan.ParseSize(c.String("tokens"))
	if err != nil {
		return prompts.Prompt{}, fmt.Errorf("--tokens: %w", err)
	}
	tokenizer, err := prompts.Offline(c.String("tokenizer"))
	if err != nil {
		return prompts.Prompt{}, fmt.Errorf("--tokenizer: %w", err)
	}
	r := prompts.Recipe{
		Shape: shape, Seed: c.Uint64("seed"), Tokens: tokens,
		Vocabulary: tokenizer.Name(), Nonce: c.String("nonce"), Form: prompts.Text,
	}
	if c.Bool("ids") {
		r.Form = prompts.IDs
	}
	return prompts.NewMaker(tokenizer).Make(ctx, r)
}

func writePrompt(w io.Writer, p prompts.Prompt) error {
	if p.Recipe.Form == prompts.Text {
		_, err := io.WriteString(w, p.Text)
		return err
	}
	b := make([]byte, 0, 8*len(p.IDs))
	separator := byte('[')
	for _, id := range p.IDs {
		b = strconv.AppendInt(append(b, separator), int64(id), 10)
		separator = ','
	}
	_, err := w.Write(append(b, "]\n"...))
	return err
}

func shapeHelp() string {
	var b strings.Builder
	for _, f := range shapes.Families() {
		fmt.Fprintf(&b, "  %-10s %s\n", f.Name, f.Doc)
	}
	return b.String()
}
