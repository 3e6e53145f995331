package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
)

// answers reads what clients got, one a line. JSON may be spread over lines.
func (in *logs) answers(name string) ([]string, error) {
	text := bounded{limit: atOnce}
	if err := in.into(&text, name); err != nil {
		return nil, err
	}
	if text.lost > 0 {
		in.t.say("%s: judged by its first %d MiB", name, atOnce>>20)
	}
	return bodies(text.String()), nil
}

// bodies takes answers apart: a status line without the headers that follow it, whole JSON values, or
// else lines.
func bodies(text string) []string {
	var all []string
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for strings.HasPrefix(text, "HTTP/") {
		head, rest, _ := strings.Cut(text, "\n\n")
		status, _, _ := strings.Cut(head, "\n")
		all, text = append(all, status), rest
	}
	if values, ok := jsonValues(text); ok {
		return append(all, values...)
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(line) != "" {
			all = append(all, line)
		}
	}
	return all
}

// jsonValues are the values of a text that is nothing else, one line each.
func jsonValues(text string) (all []string, ok bool) {
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		var value json.RawMessage
		if err := d.Decode(&value); err == io.EOF {
			return all, len(all) > 0
		} else if err != nil {
			return nil, false
		}
		var line bytes.Buffer
		if err := json.Compact(&line, value); err != nil {
			return nil, false
		}
		all = append(all, line.String())
	}
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	bytes.Buffer
	limit int
	lost  int
}

func (b *bounded) Write(p []byte) (int, error) {
	room := min(len(p), b.limit-b.Len())
	b.lost += len(p) - room
	b.Buffer.Write(p[:room])
	return len(p), nil
}
