package store

import (
	"context"

	"ctxcliff/harness/trial"
)

const testedColumns = `server_path, server_version, server_commit, server_build, server_devices,
	model_path, model_name, model_arch, model_file_type, model_size, model_trained_context, model_vocabulary`

// insertTested stores what a run tests, in the order of its plan.
func insertTested(ctx context.Context, t tx, run int64, all []trial.Tested) error {
	for _, v := range all {
		target, err := targetKey(ctx, t, v.Target)
		if err != nil {
			return err
		}
		s, m := v.Server, v.Model
		err = appendTo(ctx, t, "run_targets", "target, "+testedColumns, run, target,
			s.Path, s.Version, s.Commit, s.Build, list(s.Devices),
			m.Path, m.Name, m.Arch, m.FileType, m.SizeBytes, m.TrainedContext, m.Vocabulary)
		if err != nil {
			return err
		}
	}
	return nil
}

// selectTested completes a run with what it tests.
func selectTested(ctx context.Context, t tx, r *storedRun) error {
	var all []trial.Tested
	err := t.rows(ctx, func(into func(...any) error) error {
		var v trial.Tested
		s, m := &v.Server, &v.Model
		err := into(append([]any{
			&s.Path, &s.Version, &s.Commit, &s.Build, (*list)(&s.Devices),
			&m.Path, &m.Name, &m.Arch, &m.FileType, &m.SizeBytes, &m.TrainedContext, &m.Vocabulary,
		}, targetFields(&v.Target)...)...)
		all = append(all, v)
		return err
	}, "SELECT "+qualified("r", testedColumns)+", "+qualified("t", targetColumns)+
		" FROM run_targets r JOIN targets t ON t.key = r.target WHERE r.run = ? ORDER BY r.position", r.key)
	if len(all) > 0 {
		r.Target, r.Server, r.Model = all[0].Target, all[0].Server, all[0].Model
	}
	if len(all) > 1 {
		r.Others = all[1:]
	}
	return err
}
