package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"ctxcliff/harness"
	"ctxcliff/reports"
	"ctxcliff/reports/handover"
	"ctxcliff/store"
)

func faultsExportCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "write a bundle that reproduces a fault without ctxcliff",
		ArgsUsage: "ID",
		Description: "ID is a fault, a cell or the number of an attempt, as for ctxcliff repro. The bundle holds repro.sh, which needs\n" +
			"bash, curl and llama-server only, report.md in the form of llama.cpp's issue template, the recipe as JSON,\n" +
			"evidence and a manifest. What ctxcliff minimize left of the fault is what is exported, if it was minimised.\n" +
			"The server is started once, to make the prompts' token ids; nothing is sent to it.\n\n" +
			"  ctxcliff faults export F-64399f20f0 --out bug.tar.gz",
		Flags: []cli.Flag{
			dbFlag(),
			&cli.StringFlag{Name: "out", Category: groupOutput, Usage: "write into `DIR`, or into FILE.tar.gz; neither may be there yet (default: the fault's id and -bundle)", TakesFile: true},
			&cli.BoolFlag{Name: "original", Category: groupOutput, Usage: "export what the attempt was sent, not what minimising left of it"},
			&cli.StringFlag{Name: "server", Category: groupTarget, Usage: "llama-server that makes the token ids: a `PATH` (default: that of the run)", TakesFile: true},
			&cli.StringFlag{Name: "model", Category: groupTarget, Usage: "GGUF `FILE`, where it is elsewhere now", TakesFile: true},
			&cli.DurationFlag{Name: "ready-timeout", Category: groupRun, Value: harness.DefaultLimits.Ready, Usage: "how long loading may take"},
			noRedactFlag(),
		},
		OnUsageError: onUsageError,
		Action:       t.export,
	}
}

func (t *terminal) export(ctx context.Context, c *cli.Command) error {
	if c.NArg() != 1 {
		return usage(fmt.Errorf("faults export takes one ID, not %d; ctxcliff faults list shows those of faults", c.NArg()))
	}
	db, err := store.OpenExisting(ctx, c.String("db"))
	if err != nil {
		return unopened(err)
	}
	defer db.Close()
	s, err := findSubject(ctx, db, c.Args().First(), c.String("db"))
	if err != nil {
		return usage(err)
	}
	if s.attempt.Fault == nil {
		return usage(fmt.Errorf("%s broke nothing that could be handed over; ctxcliff faults list shows what did", s.name))
	}
	out, err := bundleName(c, s.attempt.Fault.ID())
	if err != nil {
		return usage(err)
	}
	known, err := knownOf(ctx, db, s)
	if err != nil {
		return trouble(err)
	}
	known.choose(c.Bool("original"), &s)
	e := &export{subject: s, known: known, redactor: redactor(c), runDir: runDir(c.String("db"), s.record.Run.ID)}
	if err := e.prepare(ctx, c); err != nil {
		return err
	}
	b, err := e.bundle()
	if err != nil {
		return trouble(err)
	}
	if err := writeBundle(out, b, time.Now()); err != nil {
		return trouble(fmt.Errorf("write the bundle: %w", err))
	}
	return t.handedOver(c, out, b, e)
}

// bundleName is where the bundle goes. What is there already is never touched.
func bundleName(c *cli.Command, id string) (string, error) {
	out := c.String("out")
	if out == "" {
		out = id + "-bundle"
	}
	out = filepath.Clean(out)
	if _, err := os.Lstat(out); err == nil {
		return "", fmt.Errorf("%s is there already; name another with --out", out)
	}
	if info, err := os.Stat(filepath.Dir(out)); err != nil || !info.IsDir() {
		return "", fmt.Errorf("--out: there is no directory %s", filepath.Dir(out))
	}
	return out, nil
}

// handedOver says what was written, and what sensitive may be left in it.
func (t *terminal) handedOver(c *cli.Command, out string, b handover.Bundle, e *export) error {
	total, leaks := 0, 0
	for name, data := range b {
		total += len(data)
		if !c.Bool("no-redact") && len(reports.Leaks(string(data), identity())) > 0 {
			leaks++
			t.say("%s may hold something sensitive: look at it with ctxcliff report --check-redaction %s", name, filepath.Join(out, name))
		}
	}
	fmt.Fprintf(t.stdout, "%s\n%d files, %.1f KB\n", visible(out), len(b), float64(total)/1000)
	for _, l := range e.caveats {
		fmt.Fprintln(t.stdout, visible(l))
	}
	again := "LLAMA_SERVER=llama-server MODEL=" + reports.Quote(filepath.Base(e.lab.Model.Path)) + " ./repro.sh"
	fmt.Fprintf(t.stdout, "with bash and curl: %s\nwith ctxcliff: ctxcliff repro %s --server llama-server --model %s\n",
		visible(again), visible(reports.Quote(out)), visible(reports.Quote(filepath.Base(e.lab.Model.Path))))
	return nil
}

var errNoTokens = errors.New("the server does not load the model here, and only it can make the token ids; give another with --server")

// modelIs says which model is meant.
func modelIs(name string, size int64, vocabulary int) string {
	return strings.TrimSpace(fmt.Sprintf("%s (%d bytes, a vocabulary of %d)", name, size, vocabulary))
}
