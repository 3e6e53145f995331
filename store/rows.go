package store

import (
	"context"
	"math"

	"ctxcliff/harness/trial"
)

// series is a table whose rows belong to an attempt or a start, numbered from 0: a list that is empty
// most of the time and then takes no row at all.
type series struct {
	table, owner, columns string
	insert, drop          string
}

func seriesOf(table, owner, columns string) series {
	return series{table, owner, columns,
		insertInto(table, owner+", position, "+columns), "DELETE FROM " + table + " WHERE " + owner + " = ?"}
}

const gaugeColumns = "device, memory_bytes, memory_before, memory_total, temp_c, power_w, busy_percent"

var (
	moments       = seriesOf("moments", "attempt", "at, source, text")
	opinions      = seriesOf("opinions", "attempt", "oracle, says, reason")
	attemptGauges = seriesOf("attempt_gauges", "attempt", gaugeColumns)
	startGauges   = seriesOf("start_gauges", "start", gaugeColumns)
	peers         = seriesOf("peers", "start", "name, endpoint, argv, pid, pid_start, exit, requested, log_file")
)

// put stores a list of an owner that has none yet.
func put[T any](ctx context.Context, t tx, s series, owner int64, list []T, values func(T) []any) error {
	for position, v := range list {
		if _, err := t.run(ctx, s.insert, append([]any{owner, position}, values(v)...)...); err != nil {
			return err
		}
	}
	return nil
}

// replace stores a list over the one that is stored of the same owner.
func replace[T any](ctx context.Context, t tx, s series, owner int64, list []T, values func(T) []any) error {
	if _, err := t.run(ctx, s.drop, owner); err != nil {
		return err
	}
	return put(ctx, t, s, owner, list, values)
}

// each hands out the rows of the owners that the condition holds for, those of one owner in their
// order. owners is the table of the owners with its alias.
func (s series) each(ctx context.Context, t tx, owners string, run int64, condition string, scan func(into func(...any) error) error) error {
	alias := owners[len(owners)-1:]
	return t.rows(ctx, scan, "SELECT x."+s.owner+", "+qualified("x", s.columns)+" FROM "+owners+
		" JOIN "+s.table+" x ON x."+s.owner+" = "+alias+".key WHERE "+ofRun(alias, condition)+
		" ORDER BY x."+s.owner+", x.position", run)
}

func momentValues(m trial.Moment) []any   { return []any{micros(m.At), m.Source, m.Text} }
func opinionValues(o trial.Opinion) []any { return []any{o.Oracle, string(o.Says), o.Reason} }

func gaugeValues(g trial.Gauge) []any {
	return []any{g.Device, g.MemoryBytes, g.MemoryBefore, g.MemoryTotal, finite(g.TempC), finite(g.PowerW), finite(g.BusyPercent)}
}

// finite makes what is no number -1, "could not be read": SQLite has no NaN.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return -1
	}
	return v
}

func peerValues(p trial.Peer) []any {
	return []any{p.Name, p.Endpoint, list(withoutKeys(p.Argv)), p.PID, int64(p.PIDStart), p.Exit, p.Requested, p.LogFile}
}

func gaugeFields(g *trial.Gauge) []any {
	return []any{&g.Device, &g.MemoryBytes, &g.MemoryBefore, &g.MemoryTotal, &g.TempC, &g.PowerW, &g.BusyPercent}
}
