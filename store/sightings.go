package store

import (
	"context"
	"database/sql"
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
		err = t.rows(ctx, func(into func(...any) error) error {
			g, err := seen.scanSighting(into)
			all = append(all, g)
			return err
		}, sightingsQuery+condition+" ORDER BY g.attempt", args...)
		if err != nil {
			return err
		}
		return seen.enterRuns(ctx, t, all)
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
	a.requests, iif(a.requests IS NULL, (SELECT json_group_array(json_object('f', q.shape, 'n', q.target_tokens,
		'p', q.prompt_tokens, 'c', q.cached_tokens, 'w', q.processed_tokens) ORDER BY q.position) FROM request_rows q WHERE q.attempt = a.key), NULL),
	f.signature, ` + qualified("g", sightingColumns) + `
	FROM sightings g CROSS JOIN attempts a ON a.key = g.attempt JOIN starts s ON s.key = a.start
	JOIN faults f ON f.key = g.fault LEFT JOIN cells c ON c.key = a.cell`

// backdrop is what the sightings of a database share: its configurations, by their keys, shapes and lists by their
// texts; and of each sighting, in their order, what only its run completes.
type backdrop struct {
	configurations map[int64]plan.Configuration
	shapes         map[string]shapes.Shape
	lists          map[string]list
	open           []unplaced
}

type unplaced struct {
	run    int64
	target plan.Target
}

func selectBackdrop(ctx context.Context, t tx) (*backdrop, error) {
	b := &backdrop{map[int64]plan.Configuration{}, map[string]shapes.Shape{}, map[string]list{}, nil}
	return b, t.rows(ctx, func(into func(...any) error) error {
		var key int64
		var c plan.Configuration
		err := into(append([]any{&key, &c.NP, &c.Ctx, &c.Reply}, targetFields(&c.Target)...)...)
		b.configurations[key] = c
		return err
	}, "SELECT k.key, k.np, k.ctx, k.reply, "+qualified("t", targetColumns)+" FROM configurations k JOIN targets t ON t.key = k.target")
}

func (b *backdrop) scanSighting(into func(...any) error) (g trial.Sighting, err error) {
	var run, configuration, began, elapsed int64
	var outcome, shape string
	var tokens int
	var row, rows sql.RawBytes
	argv, files := b.list(), b.list()
	f := &g.Fault
	excerpt, alternates, consequences := b.list(), b.list(), b.list()
	err = into(&run, &configuration,
		&g.AttemptID, &g.N, &g.Warmup, &outcome, &began, &elapsed, files,
		&g.StartN, argv, &g.Build, &g.LogFile,
		&g.CellID, &shape, &tokens, &row, &rows,
		&f.Signature, &f.Class, &f.Category, &f.Title, &f.Component, &f.Phase, &f.Position,
		&f.FirstDeath, excerpt, alternates, consequences, (*string)(&f.Outcome), &f.Rule, &f.Tainted)
	if err != nil {
		return g, err
	}
	if row == nil {
		row = rows
	}
	requests, err := fromOneRow[counted](g.AttemptID, row)
	if err != nil {
		return g, err
	}
	g.Files, f.Excerpt, f.Alternates, f.Consequences = files.list, excerpt.list, alternates.list, consequences.list
	c := b.configurations[configuration]
	b.open = append(b.open, unplaced{run, c.Target})
	g.At = fromMicros(began).Add(time.Duration(elapsed) * time.Microsecond)
	computed, cached := len(requests) > 0, 0
	for i, q := range requests {
		if i == 0 {
			g.Shape = q.Shape
		}
		g.Tokens, cached = max(g.Tokens, q.Target), max(cached, q.Cached)
		computed = computed && q.Prompt > 0 && q.Processed == q.Prompt
	}
	g.NP = c.NP
	g.MicroBatch, g.Cache = trial.MicroBatch(argv.list), trial.CacheOf(computed, cached, g.N)
	if g.CellID != "" {
		g.Cell.Configuration, g.Cell.Tokens, g.Shape, g.Tokens = c, tokens, shape, tokens
		if g.Cell.Shape, err = b.shape(shape); err != nil {
			return g, fmt.Errorf("read a stored cell: %w", err)
		}
	}
	g.Outcome, err = trial.ParseOutcome(outcome)
	return g, err
}

// enterRuns completes the sightings with what their runs say.
func (b *backdrop) enterRuns(ctx context.Context, t tx, all []trial.Sighting) error {
	keys, runs := map[int64]bool{}, map[int64]storedRun{}
	for _, o := range b.open {
		keys[o.run] = true
	}
	list, err := selectRuns(ctx, t, "WHERE r.key IN ("+keyList(keys)+")")
	for _, r := range list {
		runs[r.key] = r
	}
	for i := range all {
		g, r := &all[i], runs[b.open[i].run]
		g.RunID, g.Seed, g.Settings = r.ID, r.Seed, r.Settings
		if g.Build == "" {
			g.Build = buildOf(r.binary(b.open[i].target))
		}
	}
	return err
}

// sharedList is a list that is read once for all rows that have the same.
type sharedList struct {
	known map[string]list
	list  list
}

func (b *backdrop) list() *sharedList { return &sharedList{known: b.lists} }

// Scan reads what [list.Value] wrote.
func (s *sharedList) Scan(column any) error {
	text, ok := column.(string)
	if !ok {
		return s.list.Scan(column)
	}
	if l, ok := s.known[text]; ok {
		s.list = l
		return nil
	}
	err := s.list.Scan(column)
	s.known[text] = s.list
	return err
}

// shape parses the text of a shape once.
func (b *backdrop) shape(text string) (shapes.Shape, error) {
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

// buildOf is the build of a binary in the words of a server that runs.
func buildOf(b trial.Binary) string {
	switch {
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
