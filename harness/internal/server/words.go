package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// said is an error with words of a server in it, of which only the beginning is shown.
type said struct {
	error
	text string
}

func (s *said) Error() string { return s.text }
func (s *said) Unwrap() error { return s.error }

// maxSaid bounds what an error of the transport says, in bytes: it repeats the line that it stumbled over.
const maxSaid = 400

// tidy makes one line of reasonable length of an error that may have what a server sent in it.
func tidy(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if len(text) <= maxSaid && strings.IndexFunc(text, unicode.IsControl) < 0 {
		return err
	}
	return &said{err, lineOf(text, maxSaid)}
}

// nonsense says what is wrong with JSON that cannot be taken in, in words that need no knowledge of Go.
func nonsense(err error) error {
	var form *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &form) && form.Field == "":
		return &said{err, fmt.Sprintf("it is a %s, which it cannot be", kindOf(form))}
	case errors.As(err, &form):
		return &said{err, fmt.Sprintf("%s is a %s, which it cannot be", lineOf(form.Field, maxFirstLine), kindOf(form))}
	case errors.As(err, &syntax):
		return &said{err, "it is no JSON: " + lineOf(syntax.Error(), maxFirstLine)}
	case errors.Is(err, io.EOF):
		return &said{err, "it is empty"}
	}
	return tidy(err)
}

// kindOf is what stood there: "string", "number 1e30", "array", "object", "bool".
func kindOf(err *json.UnmarshalTypeError) string { return lineOf(err.Value, 60) }
