package store

import (
	"context"
	"fmt"
)

// Check asks SQLite for everything that it can check of the file, and holds the sums against what they are
// sums of. The result is what is wrong, in sentences; nil when nothing is.
func (s *Store) Check(ctx context.Context) (complaints []string, err error) {
	err = s.read(ctx, "check the database", func(t tx) error {
		err := t.rows(ctx, func(into func(...any) error) error {
			var text string
			err := into(&text)
			if text != "ok" {
				complaints = append(complaints, text)
			}
			return err
		}, "PRAGMA integrity_check")
		if err != nil {
			return err
		}
		return t.rows(ctx, func(into func(...any) error) error {
			var table, parent string
			var row, key any
			err := into(&table, &row, &parent, &key)
			complaints = append(complaints, fmt.Sprintf("row %v of %s names a row of %s that is not there", row, table, parent))
			return err
		}, "PRAGMA foreign_key_check")
	})
	return complaints, err
}
