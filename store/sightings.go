package store

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/plan"
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
		seen, err := selectBackdrop(ctx, t)
		if err != nil {
			return err
		}
		return t.rows(ctx, func(into func(...any) error) error {
			g, err := seen.scanSighting(into)
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
// computed all that it was sent. What many sightings share is in the backdrop.
var sightingsQuery = `SELECT a.run, coalesce(c.configuration, s.configuration),
	a.key, a.n, a.warmup, a.outcome, a.began, a.elapsed_us, a.files,
	s.n, s.argv, s.build, s.log_file,
	coalesce(c.id, ''), coalesce(c.shape, ''), coalesce(c.tokens, 0),
	iif(c.key IS NULL, coalesce((SELECT q.shape FROM requests q WHERE q.attempt = a.key ORDER BY q.position LIMIT 1), ''), ''),
	iif(c.key IS NULL, coalesce((SELECT max(q.target_tokens) FROM requests q WHERE q.attempt = a.key), 0), 0),
	coalesce((SELECT max(q.cached_tokens) FROM requests q WHERE q.attempt = a.key), 0),
	coalesce((SELECT min(q.prompt_tokens > 0 AND q.processed_tokens = q.prompt_tokens) FROM requests q WHERE q.attempt = a.key), 0),
	f.signature, ` + qualified("g", sightingColumns) + `
	FROM sightings g JOIN attempts a ON a.key = g.attempt JOIN starts s ON s.key = a.start
	JOIN faults f ON f.key = g.fault LEFT JOIN cells c ON c.key = a.cell`

// backdrop is what the sightings of a database share: its runs and configurations, by their keys.
type backdrop struct {
	runs           map[int64]storedRun
	configurations map[int64]plan.Configuration
	shapes         map[string]shapes.Shape
}

func selectBackdrop(ctx context.Context, t tx) (b backdrop, err error) {
	b = backdrop{map[int64]storedRun{}, map[int64]plan.Configuration{}, map[string]shapes.Shape{}}
	runs, err := selectRuns(ctx, t, "WHERE r.key IN (SELECT a.run FROM sightings g CROSS JOIN attempts a ON a.key = g.attempt)")
	if err != nil {
		return b, err
	}
	for _, r := range runs {
		b.runs[r.key] = r
	}
	return b, t.rows(ctx, func(into func(...any) error) error {
		var key int64
		var c plan.Configuration
		err := into(append([]any{&key, &c.NP, &c.Ctx, &c.Reply}, targetFields(&c.Target)...)...)
		b.configurations[key] = c
		return err
	}, "SELECT k.key, k.np, k.ctx, k.reply, "+qualified("t", targetColumns)+" FROM configurations k JOIN targets t ON t.key = k.target")
}

func (b backdrop) scanSighting(into func(...any) error) (g trial.Sighting, err error) {
	var run, configuration, began, elapsed int64
	var outcome, shape, sent, build string
	var argv []string
	var tokens, target, cached int
	var computed bool
	fields := []any{&run, &configuration,
		&g.AttemptID, &g.N, &g.Warmup, &outcome, &began, &elapsed, (*list)(&g.Files),
		&g.StartN, (*list)(&argv), &build, &g.LogFile,
		&g.CellID, &shape, &tokens, &sent, &target, &cached, &computed}
	if err := into(append(fields, faultFields(&g.Fault)...)...); err != nil {
		return g, err
	}
	r, c := b.runs[run], b.configurations[configuration]
	g.RunID, g.Seed, g.Settings = r.ID, r.Seed, r.Settings
	g.At = fromMicros(began).Add(time.Duration(elapsed) * time.Microsecond)
	g.NP, g.Shape, g.Tokens = c.NP, sent, target
	g.MicroBatch, g.Cache, g.Build = trial.MicroBatch(argv), trial.CacheOf(computed, cached, g.N), buildOf(build, r.binary(c.Target))
	if g.CellID != "" {
		g.Cell.Configuration, g.Cell.Tokens, g.Shape, g.Tokens = c, tokens, shape, tokens
		if g.Cell.Shape, err = b.shape(shape); err != nil {
			return g, fmt.Errorf("read a stored cell: %w", err)
		}
	}
	g.Outcome, err = trial.ParseOutcome(outcome)
	return g, err
}

// shape parses the text of a shape once.
func (b backdrop) shape(text string) (shapes.Shape, error) {
	if s, ok := b.shapes[text]; ok {
		return s, nil
	}
	s, err := shapes.Parse(text)
	b.shapes[text] = s
	return s, err
}

// binary is what was found out about the server of a target before the run.
func (r storedRun) binary(of plan.Target) trial.Binary {
	for _, t := range r.Tested() {
		if reflect.DeepEqual(t.Target, of) {
			return t.Server
		}
	}
	return r.Server
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
