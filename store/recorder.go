package store

import "context"

// Recorder writes down what happens in one run. Its calls are made one after the other, in the
// order in which things happen; the Begin functions return once the intent is on disk.
type Recorder struct {
	store          *Store
	run            int64
	configurations map[string]int64 // of the plan, by id
	cells          map[string]int64
}

// Note stores a sentence that belongs into the report, such as "kernel log not readable".
func (r *Recorder) Note(ctx context.Context, text string) error {
	return r.store.write(ctx, "store a note", func(t tx) error { return insertNote(ctx, t, r.run, text) })
}

func insertNote(ctx context.Context, t tx, run int64, text string) error {
	_, err := t.ExecContext(ctx, insertInto("notes", "run, text"), run, text)
	return err
}

func selectNotes(ctx context.Context, t tx, run int64) ([]string, error) {
	var notes []string
	err := t.rows(ctx, func(into func(...any) error) error {
		var text string
		err := into(&text)
		notes = append(notes, text)
		return err
	}, "SELECT text FROM notes WHERE run = ? ORDER BY key", run)
	return notes, err
}
