package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"ctxcliff/harness/faults"
	"ctxcliff/reports"
)

// phases are what a server can be doing.
var phases = []string{"load", "warm-up", "prompt", "generation", "idle", "shutdown"}

func classifyCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "classify",
		Usage:     "what does this log say?",
		ArgsUsage: "[FILE]",
		Description: "Reads one log of which nobody knows the kind, from FILE or from standard input, or logs whose\n" +
			"kinds the flags name; a FILE may be - for standard input, and compressed with gzip. An issue or a\n" +
			"mail that cites a log will do. The more is known, the better the answer: an exit status, the\n" +
			"kernel's lines of the same minutes.\n\n" +
			"  ctxcliff classify < pasted.log\n" +
			"  ctxcliff classify --stderr server.log --kernel dmesg.txt --exit signal:SIGABRT\n\n" +
			"Exit codes: 0 nothing found, or only what is known to be harmless; 1 a fault was found; 2 usage, or a\n" +
			"FILE that cannot be read.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "stderr", Usage: "`FILE` with what llama-server wrote", TakesFile: true},
			&cli.StringSliceFlag{Name: "rpc-stderr", Usage: "`FILE` with what an rpc-server wrote (repeatable, in the order of the --rpc flags)", TakesFile: true},
			&cli.StringFlag{Name: "kernel", Usage: "`FILE` with kernel lines: dmesg, journalctl -k", TakesFile: true},
			&cli.StringFlag{Name: "http", Usage: "`FILE` with answers or errors that a client got, one a line", TakesFile: true},
			&cli.StringFlag{Name: "exit", Usage: "how llama-server ended (or the rpc-server, where only its log is given): `STATUS` such as signal:SIGABRT, code:1, running"},
			&cli.BoolFlag{Name: "stop-requested", Usage: "it had been asked to end"},
			&cli.StringFlag{Name: "phase", Usage: "what it was doing: `PHASE` is " + strings.Join(phases, ", ")},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: "text", Usage: "`FORMAT` of the result: text or json"},
			&cli.StringFlag{Name: "out", Usage: "write the result to `FILE` instead of standard output", TakesFile: true},
			noRedactFlag(),
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			in := &logs{ctx: ctx, t: t, stdin: c.Root().Reader}
			e, err := in.evidence(c)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				return usage(err)
			}
			f := in.whole(e)
			err = t.emit(c, func(w io.Writer, o reports.TextOptions) error {
				return reports.Classified(w, c.String("output"), f, redactor(c), o)
			})
			if err != nil || !f.Bad() {
				return err
			}
			return silent(exitFailures)
		},
	}
}

// evidence reads everything that the flags name. Its errors are mistakes of the user.
func (in *logs) evidence(c *cli.Command) (e faults.Evidence, err error) {
	e = faults.Evidence{Phase: c.String("phase"), Position: -1}
	if err := checkClassify(c); err != nil {
		return e, err
	}
	server := faults.Process{Name: "server"}
	if name := c.String("stderr"); name != "" {
		if server.Scanner, err = in.scan(name, faults.ServerLog); err != nil {
			return e, err
		}
	}
	for i, name := range c.StringSlice("rpc-stderr") {
		peer := faults.Process{Name: fmt.Sprintf("rpc%d", i+1)}
		if peer.Scanner, err = in.scan(name, faults.PeerLog); err != nil {
			return e, err
		}
		e.Processes = append(e.Processes, peer)
	}
	if name := c.String("kernel"); name != "" {
		if e.Kernel, err = in.kernel(name); err != nil {
			return e, err
		}
	}
	if name := c.String("http"); name != "" {
		if e.HTTP, err = in.answers(name); err != nil {
			return e, err
		}
	}
	if server.Scanner != nil || len(e.Processes) == 0 {
		e.Processes = slices.Insert(e.Processes, 0, server)
	}
	p := &e.Processes[0]
	if p.Exit, p.Signal, err = parseExit(c.String("exit")); err != nil {
		return e, err
	}
	p.StopRequested = c.Bool("stop-requested")
	if in.read > 0 {
		return e, nil
	}
	return e, in.pasted(c, &e)
}

// checkClassify finds the mistakes that need no file to be read.
func checkClassify(c *cli.Command) error {
	if err := reports.KnownForFaults(c.String("output")); err != nil {
		return fmt.Errorf("-o: %w", err)
	}
	if phase := c.String("phase"); phase != "" && !slices.Contains(phases, phase) {
		return fmt.Errorf("--phase %q is not known; write one of %s", phase, strings.Join(phases, ", "))
	}
	if _, _, err := parseExit(c.String("exit")); err != nil {
		return err
	}
	named := []string{c.String("stderr"), c.String("kernel"), c.String("http")}
	named = append(named, c.StringSlice("rpc-stderr")...)
	fromStdin := 0
	for _, name := range append(named, c.Args().First()) {
		if name == "-" {
			fromStdin++
		}
	}
	switch {
	case fromStdin > 1:
		return fmt.Errorf("standard input can be only one of the logs; name files for the others")
	case c.NArg() > 1:
		return fmt.Errorf("classify reads one log without a flag, not %d; say with --stderr, --rpc-stderr, --kernel what the others are", c.NArg())
	case c.NArg() == 1 && strings.Join(named, "") != "":
		return fmt.Errorf("say with --stderr, --rpc-stderr, --kernel or --http what %q is", c.Args().First())
	}
	return checkOut(c)
}

// pasted reads the log of which nobody knows the kind.
func (in *logs) pasted(c *cli.Command, e *faults.Evidence) error {
	name := c.Args().First()
	if name == "" || name == "-" {
		name = "-"
		if f, ok := in.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			if e.Processes[0].Exit != "" {
				return nil // a status alone says something, too
			}
			in.t.say("paste the log and end it with Ctrl-D, or see: ctxcliff classify --help")
		}
	}
	return in.anything(name, e)
}
