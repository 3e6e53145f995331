package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

const runColumns = `id, command, argv, version, seed, began, ended, status,
	starts, attempts, isolation, reply, warmup,
	os, kernel, arch, cpu, cores, memory_mib, boot_id, campaign, shard, shards`

// Begin stores a run with its plan and returns the recorder of what happens in it. The process
// that calls it is noted as the run's owner.
func (s *Store) Begin(ctx context.Context, r trial.Run, p plan.Plan) (*Recorder, error) {
	rec := &Recorder{store: s, configurations: map[string]int64{}, cells: map[string]int64{}}
	err := s.write(ctx, "store the run", func(t tx) error {
		var err error
		if rec.run, err = insertRun(ctx, t, r, ownProcess()); err != nil {
			return err
		}
		if err := insertTested(ctx, t, rec.run, r.Tested()); err != nil {
			return err
		}
		return rec.savePlan(ctx, t, p)
	})
	if err != nil {
		return nil, err
	}
	return rec, nil
}

func insertRun(ctx context.Context, t tx, r trial.Run, owner Process) (int64, error) {
	return t.insert(ctx, insertInto("runs", runColumns+", owner_pid, owner_pid_start"),
		r.ID, r.Command, list(withoutKeys(r.Argv)), r.Version, int64(r.Seed), micros(r.Began), maybeMicros(r.Ended),
		string(r.Status),
		r.Settings.Starts, r.Settings.Attempts, r.Settings.Isolation, r.Settings.Reply, r.Settings.Warmup,
		r.Host.OS, r.Host.Kernel, r.Host.Arch, r.Host.CPU, r.Host.Cores, r.Host.MemoryMiB, r.Host.BootID,
		r.Campaign, r.Shard.N, r.Shard.Of, owner.PID, int64(owner.PIDStart))
}

// End says how the run ended. Call it with a context that is not cancelled.
func (r *Recorder) End(ctx context.Context, status trial.RunStatus, at time.Time) error {
	return r.store.write(ctx, "store the end of the run", func(t tx) error {
		return endRun(ctx, t, r.run, status, at)
	})
}

func endRun(ctx context.Context, t tx, run int64, status trial.RunStatus, at time.Time) error {
	return t.one(ctx, "the run is not stored", "UPDATE runs SET status = ?, ended = ? WHERE key = ?",
		string(status), maybeMicros(at), run)
}

// Runs lists all runs, newest first.
func (s *Store) Runs(ctx context.Context) ([]trial.Run, error) {
	var runs []trial.Run
	err := s.read(ctx, "list the runs of", func(t tx) (err error) {
		stored, err := selectRuns(ctx, t, "ORDER BY r.began DESC, r.id DESC")
		for _, r := range stored {
			runs = append(runs, r.Run)
		}
		return err
	})
	return runs, err
}

// storedRun is a run with what the store alone knows about it.
type storedRun struct {
	trial.Run
	key   int64
	owner Process
}

func selectRuns(ctx context.Context, t tx, clause string, args ...any) ([]storedRun, error) {
	var runs []storedRun
	err := t.rows(ctx, func(into func(...any) error) error {
		r, err := scanRun(into)
		runs = append(runs, r)
		return err
	}, "SELECT "+qualified("r", runColumns)+", r.key, r.owner_pid, r.owner_pid_start FROM runs r "+clause, args...)
	for i := range runs {
		if err == nil {
			err = selectTested(ctx, t, &runs[i])
		}
	}
	return runs, err
}

func scanRun(into func(...any) error) (r storedRun, err error) {
	var seed, began, ownerStart int64
	var ended sql.NullInt64
	err = into(
		&r.ID, &r.Command, (*list)(&r.Argv), &r.Version, &seed, &began, &ended, (*string)(&r.Status),
		&r.Settings.Starts, &r.Settings.Attempts, &r.Settings.Isolation, &r.Settings.Reply, &r.Settings.Warmup,
		&r.Host.OS, &r.Host.Kernel, &r.Host.Arch, &r.Host.CPU, &r.Host.Cores, &r.Host.MemoryMiB, &r.Host.BootID,
		&r.Campaign, &r.Shard.N, &r.Shard.Of, &r.key, &r.owner.PID, &ownerStart,
	)
	r.Seed, r.Began, r.Ended = uint64(seed), fromMicros(began), fromMaybe(ended)
	r.owner.PIDStart, r.owner.BootID = uint64(ownerStart), r.Host.BootID
	return r, err
}

// findRun resolves what a user calls a run: "" or "last" is the newest, otherwise an id or the
// beginning of exactly one.
func findRun(ctx context.Context, t tx, name string) (storedRun, error) {
	clause, args := "ORDER BY r.began DESC, r.id DESC LIMIT 1", []any(nil)
	if name != "" && name != "last" {
		clause, args = "WHERE substr(r.id, 1, length(?1)) = ?1 ORDER BY r.id <> ?1, r.id LIMIT 4", []any{name}
	}
	runs, err := selectRuns(ctx, t, clause, args...)
	switch {
	case err != nil:
		return storedRun{}, err
	case len(runs) == 0 && len(args) == 0:
		return storedRun{}, &Error{Kind: NoRun, What: "no run is stored there", Hint: "run a screen first or " + another}
	case len(runs) == 0:
		return storedRun{}, &Error{Kind: NoRun, What: fmt.Sprintf("no run is called %q", name),
			Hint: `name the beginning of a run's id, or "last"`}
	case len(runs) > 1 && runs[0].ID != name:
		return storedRun{}, &Error{Kind: Ambiguous, What: fmt.Sprintf("%q is the beginning of several runs (%s)", name, someIDs(runs)),
			Hint: "write more of the id"}
	}
	return runs[0], nil
}

func someIDs(runs []storedRun) string {
	var names []string
	for i, r := range runs {
		if i == 3 {
			names = append(names, "…")
			break
		}
		names = append(names, r.ID)
	}
	return strings.Join(names, ", ")
}
