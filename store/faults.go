package store

import (
	"context"

	"ctxcliff/harness/faults"
)

const sightingColumns = "class, category, title, component, phase, position, first_death, excerpt, alternates, consequences, fate, rule, tainted"

// insertSighting stores what the attempt saw of a fault and links it to the bug that has its
// signature.
func insertSighting(ctx context.Context, t tx, attempt int64, f faults.Fault) error {
	fault, err := key(ctx, t, "faults", "id, signature", f.ID(), f.Signature)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, insertInto("sightings", "attempt, fault, "+sightingColumns),
		attempt, fault, f.Class, f.Category, f.Title, f.Component, f.Phase, f.Position, f.FirstDeath,
		list(f.Excerpt), list(f.Alternates), list(f.Consequences), string(f.Outcome), f.Rule, f.Tainted)
	return err
}

// eachSighting hands out the faults that a run's attempts saw.
func eachSighting(ctx context.Context, t tx, run int64, condition string, do func(attempt int64, f faults.Fault)) error {
	return t.rows(ctx, func(into func(...any) error) error {
		var attempt int64
		var f faults.Fault
		err := into(append([]any{&attempt}, faultFields(&f)...)...)
		if err == nil {
			do(attempt, f)
		}
		return err
	}, "SELECT a.key, f.signature, "+qualified("g", sightingColumns)+
		" FROM attempts a JOIN sightings g ON g.attempt = a.key JOIN faults f ON f.key = g.fault"+
		" WHERE "+ofRun("a", condition), run)
}
