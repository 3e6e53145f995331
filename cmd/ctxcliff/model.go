package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness/tinymodel"
)

func modelCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:  "model",
		Usage: "write the tiny random-weight model that tests and first runs use",
		Description: "The model answers nonsense, but it is a real GGUF that a real llama-server loads anywhere:\n" +
			"byte-level vocabulary with some merges, a chat template, a trained context of 1Mi tokens.\n" +
			"gemma3 (sliding window) and mamba (recurrent) take linear time; llama (full attention), qwen3moe (mixture of\n" +
			"experts) and lfm2 (hybrid of recurrent layers and attention) quadratic.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "family", Value: string(tinymodel.Gemma3), Usage: "`FAMILY`: " + names(tinymodel.Families())},
			&cli.StringFlag{Name: "pre", Value: string(tinymodel.GPT2), Usage: "`NAME` of the pre-tokeniser: " + names(tinymodel.Pres())},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "seed of the weights; same seed, same bytes"},
			&cli.StringFlag{Name: "out", Usage: "`FILE` to write (default: tiny-FAMILY.gguf, with another pre-tokeniser tiny-FAMILY-PRE.gguf)", TakesFile: true},
			&cli.BoolFlag{Name: "force", Usage: "replace the file if there is one"},
		},
		Action: func(_ context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			family, err := tinymodel.ParseFamily(c.String("family"))
			if err != nil {
				return usage(fmt.Errorf("--family: %w", err))
			}
			pre, err := tinymodel.ParsePre(c.String("pre"))
			if err != nil {
				return usage(fmt.Errorf("--pre: %w", err))
			}
			o := tinymodel.Options{Family: family, Pre: pre, Seed: c.Uint64("seed")}
			out := c.String("out")
			if out == "" {
				out = o.Name() + ".gguf"
			}
			if _, err := os.Stat(out); err == nil && !c.Bool("force") {
				return usage(fmt.Errorf("%s is there already; give --force to replace it or --out for another name", out))
			}
			if err := tinymodel.WriteFile(out, o); err != nil {
				return trouble(fmt.Errorf("write the model: %w", err))
			}
			fmt.Fprintln(t.stdout, out)
			return nil
		},
	}
}

func names[T ~string](all []T) string {
	var texts []string
	for _, one := range all {
		texts = append(texts, string(one))
	}
	return strings.Join(texts, ", ")
}
