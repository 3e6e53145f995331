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
		err = t.rows(ctx, func(into func(...any) error) error {
			var table, parent string
			var row, key any
			err := into(&table, &row, &parent, &key)
			complaints = append(complaints, fmt.Sprintf("row %v of %s names a row of %s that is not there", row, table, parent))
			return err
		}, "PRAGMA foreign_key_check")
		if err != nil {
			return err
		}
		var off int
		err = t.QueryRowContext(ctx, differingSums).Scan(&off)
		if off > 0 {
			complaints = append(complaints, fmt.Sprintf("the attempts of %d cells are not as many as were counted", off))
		}
		return err
	})
	return complaints, err
}

// differingSums counts what tallies say otherwise than the attempts that they count.
const differingSums = `WITH counted AS (
		SELECT run, cell, iif(superseded, 'incomplete', outcome) AS outcome, count(*) AS attempts
		FROM attempts WHERE open = 0 AND warmup = 0 GROUP BY 1, 2, 3)
	SELECT count(*) FROM (
		SELECT * FROM (SELECT * FROM counted EXCEPT SELECT * FROM tallies)
		UNION ALL
		SELECT * FROM (SELECT * FROM tallies WHERE attempts <> 0 EXCEPT SELECT * FROM counted))`
