package store

import (
	"context"
	"fmt"
	"time"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

// Filter says which sightings are wanted. The zero value wants all.
type Filter struct {
	Run   string // as [Store.Record] takes it, but "" is every run
	Class string // beginning of the class: crash, gpu-fault.mem
}

// Sightings lists what attempts of all runs saw of faults, in the order of the attempts. trial.Bugs
// makes bugs of them.
func (s *Store) Sightings(ctx context.Context, f Filter) ([]trial.Sighting, error) {
	var all []trial.Sighting
	err := s.read(ctx, "read the faults of", func(t tx) error {
		condition, args := " WHERE substr(g.class, 1, length(?1)) = ?1", []any{f.Class}
		if f.Run != "" {
			run, err := findRun(ctx, t, f.Run)
			if err != nil {
				return err
			}
			condition, args = condition+" AND a.run = ?2", append(args, run.key)
		}
		return t.rows(ctx, func(into func(...any) error) error {
			g, err := scanSighting(into)
			all = append(all, g)
			return err
		}, sightingsQuery+condition+" ORDER BY a.key", args...)
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// sightingsQuery leaves to the requests what a warm-up's cell cannot say, and whether the server
// computed all that it was sent.
var sightingsQuery = `SELECT r.id, r.seed, r.starts, r.attempts, r.isolation, r.reply, r.warmup,
	b.server_version, b.server_commit, b.server_build,
	a.key, a.n, a.warmup, a.outcome, a.began, a.elapsed_us, a.files,
	s.n, s.argv, s.build, s.log_file,
	coalesce(c.id, ''), coalesce(c.shape, ''), coalesce(c.tokens, 0), k.np, k.ctx, k.reply, ` + qualified("t", targetColumns) + `,
	coalesce((SELECT q.shape FROM requests q WHERE q.attempt = a.key ORDER BY q.position LIMIT 1), ''),
	coalesce((SELECT max(q.target_tokens) FROM requests q WHERE q.attempt = a.key), 0),
	coalesce((SELECT max(q.cached_tokens) FROM requests q WHERE q.attempt = a.key), 0),
	coalesce((SELECT min(q.prompt_tokens > 0 AND q.processed_tokens = q.prompt_tokens) FROM requests q WHERE q.attempt = a.key), 0),
	f.signature, ` + qualified("g", sightingColumns) + `
	FROM sightings g JOIN attempts a ON a.key = g.attempt JOIN runs r ON r.key = a.run JOIN starts s ON s.key = a.start
	JOIN faults f ON f.key = g.fault LEFT JOIN cells c ON c.key = a.cell
	JOIN configurations k ON k.key = coalesce(c.configuration, s.configuration) JOIN targets t ON t.key = k.target
	JOIN run_targets b ON b.run = r.key AND b.position = coalesce((SELECT min(position) FROM run_targets WHERE run = r.key AND target = k.target), 0)`

func scanSighting(into func(...any) error) (g trial.Sighting, err error) {
	var seed, began, elapsed int64
	var outcome, shape, sent, build string
	var server trial.Binary
	var argv []string
	var tokens, target, cached int
	var computed bool
	c := g.Cell.Configuration
	fields := []any{&g.RunID, &seed, &g.Settings.Starts, &g.Settings.Attempts, &g.Settings.Isolation, &g.Settings.Reply, &g.Settings.Warmup,
		&server.Version, &server.Commit, &server.Build,
		&g.AttemptID, &g.N, &g.Warmup, &outcome, &began, &elapsed, (*list)(&g.Files),
		&g.StartN, (*list)(&argv), &build, &g.LogFile,
		&g.CellID, &shape, &tokens, &c.NP, &c.Ctx, &c.Reply}
	fields = append(append(fields, targetFields(&c.Target)...), &sent, &target, &cached, &computed)
	if err := into(append(fields, faultFields(&g.Fault)...)...); err != nil {
		return g, err
	}
	g.Seed, g.At = uint64(seed), fromMicros(began).Add(time.Duration(elapsed)*time.Microsecond)
	g.NP, g.Shape, g.Tokens = c.NP, sent, target
	g.MicroBatch, g.Cache, g.Build = trial.MicroBatch(argv), trial.CacheOf(computed, cached, g.N), buildOf(build, server)
	if g.CellID != "" {
		g.Cell.Configuration, g.Cell.Tokens, g.Shape, g.Tokens = c, tokens, shape, tokens
		if g.Cell.Shape, err = shapes.Parse(shape); err != nil {
			return g, fmt.Errorf("read a stored cell: %w", err)
		}
	}
	g.Outcome, err = trial.ParseOutcome(outcome)
	return g, err
}

// buildOf is the build that the running server named or, where it never got that far, the binary's own
// words in the same form.
func buildOf(said string, b trial.Binary) string {
	switch {
	case said != "":
		return said
	case b.Build > 0 && b.Commit != "":
		return fmt.Sprintf("b%d-%s", b.Build, b.Commit)
	case b.Build > 0:
		return fmt.Sprintf("b%d", b.Build)
	}
	return b.Version
}

// faultFields are where the signature and sightingColumns go.
func faultFields(f *faults.Fault) []any {
	return []any{&f.Signature, &f.Class, &f.Category, &f.Title, &f.Component, &f.Phase, &f.Position,
		&f.FirstDeath, (*list)(&f.Excerpt), (*list)(&f.Alternates), (*list)(&f.Consequences), (*string)(&f.Outcome), &f.Rule, &f.Tainted}
}
