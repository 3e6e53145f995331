package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"reflect"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
	"ctxcliff/shapes"
)

const (
	targetColumns        = "name, server, launch, url, model, backend, power, topology, peers, rpc_server, args, env"
	configurationColumns = "target, id, np, ctx, reply"
	cellColumns          = "configuration, id, shape, tokens"
	demandColumns        = "device, of, memory, bytes, free, gauge"
)

// Extend adds to the plan of a run that finds its cells as it goes, as a bisection does. Cells
// that are planned already are left where they are.
func (r *Recorder) Extend(ctx context.Context, p plan.Plan) error {
	configurations, cells := maps.Clone(r.configurations), maps.Clone(r.cells)
	err := r.store.write(ctx, "store the plan", func(t tx) error { return r.savePlan(ctx, t, p) })
	if err != nil { // the new keys went with the transaction
		r.configurations, r.cells = configurations, cells
	}
	return err
}

// savePlan appends the plan's configurations, cells and skips to the run's.
func (r *Recorder) savePlan(ctx context.Context, t tx, p plan.Plan) error {
	for _, w := range p.Configurations {
		configuration, err := r.saveConfiguration(ctx, t, w.Configuration, w.Need)
		if err != nil {
			return err
		}
		for _, c := range w.Cells {
			if !reflect.DeepEqual(c.Configuration, w.Configuration) {
				return fmt.Errorf("the plan puts the cell %s under the configuration %s", c.ID(), w.Configuration.ID())
			}
			if err := r.saveCell(ctx, t, c, configuration); err != nil {
				return err
			}
		}
	}
	for _, skip := range p.Skips {
		configuration, err := configurationKey(ctx, t, skip.Cell.Configuration)
		if err != nil {
			return err
		}
		key, err := cellKey(ctx, t, skip.Cell, configuration)
		if err != nil {
			return err
		}
		if err := appendTo(ctx, t, "skips", "cell, reason", r.run, key, skip.Reason); err != nil {
			return err
		}
	}
	return nil
}

func (r *Recorder) saveConfiguration(ctx context.Context, t tx, c plan.Configuration, need plan.Need) (int64, error) {
	key, err := configurationKey(ctx, t, c)
	if err != nil {
		return 0, err
	}
	known, ok := r.configurations[c.ID()]
	switch {
	case ok && known == key:
		return key, nil
	case ok:
		return 0, fmt.Errorf("the plan has two configurations called %s", c.ID())
	}
	r.configurations[c.ID()] = key
	if err := appendTo(ctx, t, "run_configurations", "configuration, need_bytes, need_by", r.run, key, need.Bytes, need.By); err != nil {
		return 0, err
	}
	return key, r.saveDemands(ctx, t, key, need.Devices)
}

func (r *Recorder) saveDemands(ctx context.Context, t tx, configuration int64, demands []plan.Demand) error {
	for position, d := range demands {
		if _, err := t.run(ctx, insertInto("demands", "run, configuration, position, "+demandColumns),
			r.run, configuration, position, d.Device, d.Of, d.Memory, d.Bytes, d.Free, d.Gauge); err != nil {
			return err
		}
	}
	return nil
}

func (r *Recorder) saveCell(ctx context.Context, t tx, c plan.Cell, configuration int64) error {
	key, err := cellKey(ctx, t, c, configuration)
	if err != nil {
		return err
	}
	known, ok := r.cells[c.ID()]
	switch {
	case ok && known == key:
		return nil
	case ok:
		return fmt.Errorf("the plan has two cells called %s", c.ID())
	}
	r.cells[c.ID()] = key
	return appendTo(ctx, t, "run_cells", "cell", r.run, key)
}

// appendTo adds a row at the end of a run's list.
func appendTo(ctx context.Context, t tx, table, columns string, run int64, values ...any) error {
	marks := ""
	for range values {
		marks += ", ?"
	}
	_, err := t.ExecContext(ctx, "INSERT INTO "+table+" (run, position, "+columns+") "+
		"SELECT ?1, (SELECT coalesce(max(position) + 1, 0) FROM "+table+" WHERE run = ?1)"+marks,
		append([]any{run}, values...)...)
	return err
}

func targetKey(ctx context.Context, t tx, v plan.Target) (int64, error) {
	return key(ctx, t, "targets", targetColumns, v.Name, v.Server, list(withoutKeys(v.Launch)), withoutPassword(v.URL), v.Model, v.Backend,
		v.Power, v.Topology.Name, list(v.Topology.Peers), v.Topology.Program, list(withoutKeys(v.Args)), list(withoutSecrets(v.Env)))
}

func configurationKey(ctx context.Context, t tx, c plan.Configuration) (int64, error) {
	target, err := targetKey(ctx, t, c.Target)
	if err != nil {
		return 0, err
	}
	return key(ctx, t, "configurations", configurationColumns, target, c.ID(), c.NP, c.Ctx, c.Reply)
}

func cellKey(ctx context.Context, t tx, c plan.Cell, configuration int64) (int64, error) {
	return key(ctx, t, "cells", cellColumns, configuration, c.ID(), c.Shape.String(), c.Tokens)
}

// key finds the row that has exactly these values, or makes it.
func key(ctx context.Context, t tx, table, columns string, values ...any) (key int64, err error) {
	err = t.QueryRowContext(ctx, "SELECT key FROM "+table+" WHERE "+equal(columns), values...).Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		return t.insert(ctx, insertInto(table, columns), values...)
	}
	return key, err
}

func targetFields(v *plan.Target) []any {
	return []any{&v.Name, &v.Server, (*list)(&v.Launch), &v.URL, &v.Model, &v.Backend,
		&v.Power, &v.Topology.Name, (*list)(&v.Topology.Peers), &v.Topology.Program, (*list)(&v.Args), (*list)(&v.Env)}
}

// cellsQuery selects cells through a table of a run that lists them, in the order of that list.
func cellsQuery(from string, more string) string {
	return "SELECT c.shape, c.tokens, k.np, k.ctx, k.reply, " + qualified("t", targetColumns) + more +
		" FROM " + from + " r JOIN cells c ON c.key = r.cell JOIN configurations k ON k.key = c.configuration" +
		" JOIN targets t ON t.key = k.target WHERE r.run = ? ORDER BY r.position"
}

func scanCell(into func(...any) error, more ...any) (c plan.Cell, err error) {
	var shape string
	fields := append([]any{&shape, &c.Tokens, &c.Configuration.NP, &c.Configuration.Ctx, &c.Configuration.Reply},
		targetFields(&c.Configuration.Target)...)
	if err := into(append(fields, more...)...); err != nil {
		return c, err
	}
	if c.Shape, err = shapes.Parse(shape); err != nil {
		return c, fmt.Errorf("read a stored cell: %w", err)
	}
	return c, nil
}

func selectCells(ctx context.Context, t tx, run int64) ([]plan.Cell, error) {
	var cells []plan.Cell
	err := t.rows(ctx, func(into func(...any) error) error {
		c, err := scanCell(into)
		cells = append(cells, c)
		return err
	}, cellsQuery("run_cells", ""), run)
	return cells, err
}

func selectSkips(ctx context.Context, t tx, run int64) ([]plan.Skip, error) {
	var skips []plan.Skip
	err := t.rows(ctx, func(into func(...any) error) error {
		var reason string
		c, err := scanCell(into, &reason)
		skips = append(skips, plan.Skip{Cell: c, Reason: reason})
		return err
	}, cellsQuery("skips", ", r.reason"), run)
	return skips, err
}

func selectNeeds(ctx context.Context, t tx, run int64) ([]trial.Need, error) {
	var needs []trial.Need
	at := map[string]int{}
	err := t.rows(ctx, func(into func(...any) error) error {
		var n trial.Need
		err := into(&n.Configuration, &n.Bytes, &n.By)
		at[n.Configuration] = len(needs)
		needs = append(needs, n)
		return err
	}, `SELECT k.id, r.need_bytes, r.need_by FROM run_configurations r JOIN configurations k ON k.key = r.configuration
		WHERE r.run = ? AND r.need_by <> '' ORDER BY r.position`, run)
	if err != nil {
		return nil, err
	}
	return needs, t.rows(ctx, func(into func(...any) error) error {
		var d plan.Demand
		var of string
		err := into(&of, &d.Device, &d.Of, &d.Memory, &d.Bytes, &d.Free, &d.Gauge)
		if i, ok := at[of]; ok {
			needs[i].Devices = append(needs[i].Devices, d)
		}
		return err
	}, "SELECT k.id, "+qualified("d", demandColumns)+` FROM demands d JOIN configurations k ON k.key = d.configuration
		WHERE d.run = ? ORDER BY d.configuration, d.position`, run)
}
