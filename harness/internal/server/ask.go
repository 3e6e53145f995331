package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ctxcliff/harness/internal/process"
)

// probeTimeout bounds each question to the binary. Listing devices initialises GPU drivers, which
// takes seconds on a cold machine.
const probeTimeout = 60 * time.Second

// helpLines is more than any --help has (744 in b11669).
const helpLines = 4000

// prober asks one binary questions.
type prober struct {
	launcher []string
	command  []string
	env      []string
	limit    time.Duration // for each question
}

// ask runs the binary with one flag and returns what it printed, standard output first: builds differ
// in where they print their version, and wrappers and drivers add lines to either.
func (q prober) ask(ctx context.Context, flag string) (string, error) {
	text, exit, err := q.run(ctx, flag)
	switch {
	case errors.Is(err, errTooLong):
		return "", fmt.Errorf("%s %s did not end within %s; is it a llama-server?", q.name(), flag, q.limit)
	case err != nil:
		return "", err
	case exit.Leftovers > 0 && (exit.Code != 0 || strings.TrimSpace(text) == ""):
		return "", fmt.Errorf("%s is not a llama-server that runs here: %s went on in the background; a wrapper script must exec the server or wait for it", q.name(), flag)
	case exit.Code != 0:
		return "", fmt.Errorf("%s is not a llama-server that runs here: %s ended with %s: %s", q.name(), flag, exit, orNothing(firstLine(text)))
	}
	return text, nil
}

// name is what messages call the binary: the whole command where launchers come before it.
func (q prober) name() string { return strings.Join(slices.Concat(q.launcher, q.command), " ") }

// errTooLong is a program that did not end within the limit, and was ended.
var errTooLong = errors.New("it did not end in time")

// run runs the binary to its end and returns what it printed and how it ended. Nothing of it is left
// when run returns.
func (q prober) run(ctx context.Context, args ...string) (string, process.Exit, error) {
	p, err := process.Start(ctx, process.Spec{
		Argv: slices.Concat(q.launcher, q.command, args), Launcher: len(q.launcher), Env: process.Environment(q.env),
		Name: "llama-server", TailLines: helpLines,
	})
	if err != nil {
		return "", process.Exit{}, err
	}
	limit := time.NewTimer(q.limit)
	defer limit.Stop()
	select {
	case <-p.Done():
	case <-ctx.Done():
		err = fmt.Errorf("ask %s for %s: %w", q.name(), strings.Join(args, " "), ctx.Err())
	case <-limit.C:
		err = errTooLong
	}
	exit := p.Stop(context.WithoutCancel(ctx), time.Second)
	return printed(p.Tail()), exit, err
}

// printed is what a program printed, standard output before standard error.
func printed(lines []process.Line) string {
	var out, errs strings.Builder
	for _, l := range lines {
		if l.Stream == process.Stderr {
			errs.WriteString(l.Text + "\n")
		} else {
			out.WriteString(l.Text + "\n")
		}
	}
	return out.String() + errs.String()
}

func orNothing(text string) string {
	if text == "" {
		return "it printed nothing"
	}
	return text
}
