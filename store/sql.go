package store

import (
	"context"
	"strings"
)

// insertInto is an INSERT of one row with a placeholder per column.
func insertInto(table, columns string) string {
	marks := strings.TrimSuffix(strings.Repeat("?, ", strings.Count(columns, ",")+1), ", ")
	return "INSERT INTO " + table + " (" + columns + ") VALUES (" + marks + ")"
}

// qualified puts a table's alias before each column.
func qualified(alias, columns string) string {
	names := strings.Split(columns, ",")
	for i, name := range names {
		names[i] = alias + "." + strings.TrimSpace(name)
	}
	return strings.Join(names, ", ")
}

// set is the SET clause that gives each column a placeholder.
func set(columns string) string {
	names := strings.Split(columns, ",")
	for i, name := range names {
		names[i] = strings.TrimSpace(name) + " = ?"
	}
	return strings.Join(names, ", ")
}

// one executes a statement that must change exactly one row, or fails with the sentence.
func (t tx) one(ctx context.Context, sentence, text string, args ...any) error {
	result, err := t.run(ctx, text, args...)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n != 1 {
		err = &Error{What: sentence}
	}
	return err
}

// equal is the condition that each column has the value of its placeholder.
func equal(columns string) string {
	return strings.ReplaceAll(set(columns), ",", " AND")
}

// ofRun is the condition that a row is of a run, with a further one (" AND …", or ""). Where that lists keys,
// they find the rows, and the run's whole index is not walked.
func ofRun(alias, further string) string {
	of := alias + ".run = ?"
	if strings.Contains(further, alias+".key IN (") {
		of = "+" + of
	}
	return of + further
}
