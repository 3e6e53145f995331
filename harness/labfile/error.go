package labfile

import "fmt"

// Position is a place in a file, counted from 1.
type Position struct{ Line, Column int }

// Error is something in a file that cannot be right.
type Error struct {
	File string
	At   Position
	What string // one sentence without a full stop, which ends with what to do
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.At.Line, e.At.Column, e.What)
}
