package store

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// micros is a time as it is stored. The zero time has a number of its own, far below any real one.
func micros(t time.Time) int64 { return t.UnixMicro() }

func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }

// maybeMicros stores the zero time as NULL.
func maybeMicros(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}

func fromMaybe(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return fromMicros(n.Int64)
}

func fromSpan(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// list is a list of texts, stored as a JSON array. JSON knows only UTF-8, but paths and log lines may
// be anything: other elements become {"base64": …}.
type list []string

// raw is an element that JSON cannot hold as text.
type raw struct {
	Base64 []byte `json:"base64"`
}

func (l list) Value() (driver.Value, error) {
	if l == nil {
		return "null", nil
	}
	elements := make([]any, len(l))
	for i, s := range l {
		if elements[i] = s; !utf8.ValidString(s) {
			elements[i] = raw{[]byte(s)}
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // people read this with SQL
	err := e.Encode(elements)
	return string(bytes.TrimSpace(b.Bytes())), err
}

// Scan reads what Value wrote.
func (l *list) Scan(column any) error {
	text, ok := column.(string)
	if !ok {
		return fmt.Errorf("a list is stored as %T instead of text", column)
	}
	var elements []json.RawMessage
	if err := json.Unmarshal([]byte(text), &elements); err != nil {
		return fmt.Errorf("read the list %.60q: %w", text, err)
	}
	*l = nil
	if elements != nil {
		*l = make(list, len(elements))
	}
	for i, element := range elements {
		if err := scanElement(element, &(*l)[i]); err != nil {
			return fmt.Errorf("read the list %.60q: %w", text, err)
		}
	}
	return nil
}

func scanElement(element json.RawMessage, to *string) error {
	if element[0] != '{' {
		return json.Unmarshal(element, to)
	}
	var r raw
	err := json.Unmarshal(element, &r)
	*to = string(r.Base64)
	return err
}

// ids is a list of token ids, stored as a JSON array of numbers.
type ids []int32

func (l ids) Value() (driver.Value, error) {
	b, err := json.Marshal([]int32(l))
	return string(b), err
}

func (l *ids) Scan(column any) error {
	text, ok := column.(string)
	if !ok {
		return fmt.Errorf("token ids are stored as %T instead of text", column)
	}
	*l = nil // Unmarshal would keep the elements of a reused slice for "null"
	return json.Unmarshal([]byte(text), (*[]int32)(l))
}
