package simserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// fields is a request's body, field by field. Unknown fields are ignored, as llama-server does.
type fields map[string]json.RawMessage

// readFields reads a JSON object, or fails in the words of llama-server's JSON library.
func readFields(body []byte) (fields, *apiError) {
	var f fields
	err := json.Unmarshal(body, &f)
	var syntax *json.SyntaxError
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return nil, invalid("[json.exception.parse_error.101] parse error at line 1, column 1: attempting to parse an empty input; check that your input string or stream contains the expected JSON")
	case errors.As(err, &syntax):
		return nil, invalid("[json.exception.parse_error.101] parse error at line 1, column %d: syntax error while parsing value - %s", syntax.Offset, syntax)
	case err != nil:
		return nil, invalid("[json.exception.type_error.304] cannot use at() with %s", kindOf(body))
	}
	return f, nil
}

// kindOf names a JSON value's type as llama-server's JSON library does.
func kindOf(raw json.RawMessage) string {
	switch c := bytes.TrimSpace(raw); {
	case len(c) == 0 || c[0] == 'n':
		return "null"
	case c[0] == '"':
		return "string"
	case c[0] == '[':
		return "array"
	case c[0] == '{':
		return "object"
	case c[0] == 't' || c[0] == 'f':
		return "boolean"
	}
	return "number"
}

// read decodes the field into v; a missing field and null leave v as it is.
func (f fields) read(name, kind string, v any) *apiError {
	raw, ok := f[name]
	if !ok || kindOf(raw) == "null" {
		return nil
	}
	if kindOf(raw) != kind {
		return invalid("Field '%s': [json.exception.type_error.302] type must be %s, but is %s", name, kind, kindOf(raw))
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return invalid("Field '%s': [json.exception.type_error.302] %s", name, err)
	}
	return nil
}

// integer is a number field with its fraction cut off.
func (f fields) integer(name string, v *int) *apiError {
	x := float64(*v)
	if err := f.read(name, "number", &x); err != nil {
		return err
	}
	*v = int(x)
	return nil
}

func (f fields) boolean(name string, v *bool) *apiError { return f.read(name, "boolean", v) }

// first is the first error of several reads.
func first(errs ...*apiError) *apiError {
	for _, e := range errs {
		if e != nil {
			return e
		}
	}
	return nil
}

const promptForms = `"prompt" elements must be a string, a list of tokens, a JSON object containing a prompt string, or a list of mixed strings & tokens.`

// prompts are the token ids of each prompt in the field; several says that it was a list of prompts.
func (s *Server) prompts(raw json.RawMessage) (all [][]int, several bool, err *apiError) {
	if kindOf(raw) != "array" {
		ids, err := s.onePrompt(raw)
		return [][]int{ids}, false, err
	}
	var numbers []int
	if json.Unmarshal(raw, &numbers) == nil { // by far the longest kind
		if len(numbers) == 0 {
			return nil, false, invalid(`"prompt" must not be empty`)
		}
		return [][]int{numbers}, false, nil
	}
	var elements []json.RawMessage
	if json.Unmarshal(raw, &elements) != nil {
		return nil, false, invalid(promptForms)
	}
	for _, e := range elements {
		if kindOf(e) == "number" { // mixed with strings: one prompt
			ids, err := s.mixed(elements, true, true)
			if err != nil {
				return nil, false, invalid(promptForms)
			}
			return [][]int{ids}, false, nil
		}
	}
	for _, e := range elements {
		ids, err := s.onePrompt(e)
		if err != nil {
			return nil, false, err
		}
		if len(ids) == 0 {
			return nil, false, invalid(`"prompt" must not be empty`)
		}
		all = append(all, ids)
	}
	return all, true, nil
}

func (s *Server) onePrompt(raw json.RawMessage) ([]int, *apiError) {
	var text string
	switch kindOf(raw) {
	case "string":
		if json.Unmarshal(raw, &text) == nil {
			return append([]int{s.vocab.bos()}, s.vocab.encode(text, true)...), nil
		}
	case "array":
		var numbers []int
		if json.Unmarshal(raw, &numbers) == nil {
			return numbers, nil
		}
		var elements []json.RawMessage
		if json.Unmarshal(raw, &elements) == nil {
			if ids, err := s.mixed(elements, true, true); err == nil {
				return ids, nil
			}
		}
	case "object":
		var o struct {
			Text *string `json:"prompt_string"`
		}
		if json.Unmarshal(raw, &o) == nil && o.Text != nil {
			return append([]int{s.vocab.bos()}, s.vocab.encode(*o.Text, true)...), nil
		}
	}
	return nil, invalid(promptForms)
}

// mixed joins strings and ids. A begin token is put before a leading string if bos is set.
func (s *Server) mixed(elements []json.RawMessage, bos, special bool) ([]int, error) {
	var ids []int
	for i, e := range elements {
		var id int
		var text string
		switch kindOf(e) {
		case "number":
			if err := json.Unmarshal(e, &id); err != nil {
				return nil, err
			}
			ids = append(ids, id)
		case "string":
			if err := json.Unmarshal(e, &text); err != nil {
				return nil, err
			}
			if i == 0 && bos {
				ids = append(ids, s.vocab.bos())
			}
			ids = append(ids, s.vocab.encode(text, special)...)
		default:
			return nil, fmt.Errorf("[json.exception.type_error.302] type must be number, but is %s", kindOf(e))
		}
	}
	return ids, nil
}
