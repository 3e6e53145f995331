package store

import (
	"context"
	"database/sql"
	"fmt"

	"ctxcliff/harness/trial"
)

// What is known before the launch, once the server is ready, and at the end.
const (
	startIntent  = "n, argv, boot_id, began"
	startReady   = "argv, pid, pid_start, boot_id, load_us, build, slots, slot_context, model, devices, log_file, log_bytes, unobserved"
	startColumns = startIntent + ", pid, pid_start, load_us, build, slots, slot_context, model, devices, log_file, log_bytes, unobserved, " +
		"exit, requested, outcome, ended"
)

// BeginStart stores that a server is about to be launched. When it returns, the intent is on disk:
// if the launch takes the host down, [Store.LeftOpen] will tell. The result is the start's ID.
func (r *Recorder) BeginStart(ctx context.Context, s trial.Start) (id int64, err error) {
	err = r.store.write(ctx, "store a start", func(t tx) error {
		configuration, ok := r.configurations[s.Configuration]
		if !ok {
			return fmt.Errorf("the configuration %q is not in the plan", s.Configuration)
		}
		id, err = t.insert(ctx, insertInto("starts", "run, configuration, "+startColumns),
			append([]any{r.run, configuration}, startValues(s, true)...)...)
		if err != nil {
			return err
		}
		return replacePeers(ctx, t, id, s)
	})
	return id, err
}

// StartReady stores what is known once the server runs: processes, load time, read-back, gauges, log
// file.
// s.ID is what BeginStart returned. It may be called again when more is known, for instance first
// with the pid alone.
func (r *Recorder) StartReady(ctx context.Context, s trial.Start) error {
	return r.store.write(ctx, "store that a start is ready", func(t tx) error {
		err := t.one(ctx, fmt.Sprintf("start %d of this run is not open", s.ID),
			"UPDATE starts SET "+set(startReady)+" WHERE key = ? AND run = ? AND ended IS NULL",
			list(withoutKeys(s.Argv)), s.PID, int64(s.PIDStart), s.BootID, s.Load.Microseconds(),
			s.ReadBack.Build, s.ReadBack.Slots, s.ReadBack.SlotContext, s.ReadBack.Model, list(s.ReadBack.Devices),
			s.LogFile, s.LogBytes, list(s.Unobserved), s.ID, r.run)
		if err != nil {
			return err
		}
		return replacePeers(ctx, t, s.ID, s)
	})
}

// EndStart stores the start as it ended, all of it. s.Ended must be set; a start ends once.
func (r *Recorder) EndStart(ctx context.Context, s trial.Start) error {
	return r.store.write(ctx, "store the end of a start", func(t tx) error {
		if s.Ended.IsZero() {
			return fmt.Errorf("start %d has no time at which it ended", s.ID)
		}
		err := t.one(ctx, fmt.Sprintf("start %d of this run is not open", s.ID),
			"UPDATE starts SET "+set(startColumns)+" WHERE key = ? AND run = ? AND ended IS NULL",
			append(startValues(s, false), s.ID, r.run)...)
		if err != nil {
			return err
		}
		return replacePeers(ctx, t, s.ID, s)
	})
}

// startValues are the values of startColumns; those of a start that begins have no end.
func startValues(s trial.Start, begins bool) []any {
	ended := maybeMicros(s.Ended)
	if begins {
		ended = sql.NullInt64{}
	}
	return []any{s.N, list(withoutKeys(s.Argv)), s.BootID, micros(s.Began),
		s.PID, int64(s.PIDStart), s.Load.Microseconds(),
		s.ReadBack.Build, s.ReadBack.Slots, s.ReadBack.SlotContext, s.ReadBack.Model, list(s.ReadBack.Devices), s.LogFile, s.LogBytes, list(s.Unobserved),
		s.Exit, s.Requested, s.Outcome.String(), ended}
}

// selectStarts lists the starts of a run that the condition holds for, in the order of their
// numbers.
func selectStarts(ctx context.Context, t tx, run int64, condition string) ([]trial.Start, error) {
	var starts []trial.Start
	err := t.rows(ctx, func(into func(...any) error) error {
		s, err := scanStart(into)
		starts = append(starts, s)
		return err
	}, "SELECT s.key, k.id, "+qualified("s", startColumns)+
		" FROM starts s JOIN configurations k ON k.key = s.configuration WHERE "+ofRun("s", condition)+" ORDER BY s.n", run)
	if err != nil {
		return nil, err
	}
	at := map[int64]int{}
	for i, s := range starts {
		at[s.ID] = i
	}
	return starts, eachPeer(ctx, t, run, condition, func(start int64) *trial.Start { return &starts[at[start]] })
}

func scanStart(into func(...any) error) (s trial.Start, err error) {
	var began, pidStart, load int64
	var ended sql.NullInt64
	var outcome string
	err = into(&s.ID, &s.Configuration, &s.N, (*list)(&s.Argv), &s.BootID, &began,
		&s.PID, &pidStart, &load,
		&s.ReadBack.Build, &s.ReadBack.Slots, &s.ReadBack.SlotContext, &s.ReadBack.Model, (*list)(&s.ReadBack.Devices), &s.LogFile, &s.LogBytes, (*list)(&s.Unobserved),
		&s.Exit, &s.Requested, &outcome, &ended)
	if err != nil {
		return s, err
	}
	s.Began, s.Ended, s.Load, s.PIDStart = fromMicros(began), fromMaybe(ended), fromSpan(load), uint64(pidStart)
	s.Outcome, err = trial.ParseOutcome(outcome)
	return s, err
}
