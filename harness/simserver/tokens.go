package simserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// tokenize serves POST /tokenize.
func (s *Server) tokenize(w http.ResponseWriter, _ *http.Request, f fields) *apiError {
	bos, special, pieces := false, true, false
	if err := first(f.boolean("add_special", &bos), f.boolean("parse_special", &special), f.boolean("with_pieces", &pieces)); err != nil {
		return err
	}
	ids, err := s.content(f["content"], bos, special)
	if err != nil {
		return err
	}
	if !pieces {
		return reply(w, map[string]any{"tokens": ids})
	}
	list := make([]any, len(ids))
	for i, id := range ids {
		if id < 0 || id >= len(s.vocab.pieces) {
			return s.outOfRange(id)
		}
		list[i] = map[string]any{"id": id, "piece": pieceJSON(s.vocab.pieces[id])}
	}
	return reply(w, map[string]any{"tokens": list})
}

func (s *Server) content(raw json.RawMessage, bos, special bool) ([]int, *apiError) {
	ids := []int{}
	switch kindOf(raw) {
	case "null":
		if raw == nil {
			return ids, nil
		}
	case "string":
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, invalid("%s", err)
		}
		if bos {
			ids = append(ids, s.vocab.bos())
		}
		return append(ids, s.vocab.encode(text, special)...), nil
	case "array":
		var elements []json.RawMessage
		if err := json.Unmarshal(raw, &elements); err != nil {
			return nil, invalid("%s", err)
		}
		mixed, err := s.mixed(elements, bos, special)
		if err != nil {
			return nil, invalid("%s", err)
		}
		return append(ids, mixed...), nil
	}
	return nil, invalid("[json.exception.type_error.302] type must be string, but is %s", kindOf(raw))
}

// pieceJSON is a piece as text, or as a list of bytes where it is not valid UTF-8.
func pieceJSON(piece string) any {
	if utf8.ValidString(piece) {
		return piece
	}
	return byteList(piece)
}

func byteList(piece string) []int {
	list := make([]int, len(piece))
	for i := range len(piece) {
		list[i] = int(piece[i])
	}
	return list
}

// detokenize serves POST /detokenize. An id outside of the vocabulary is a 500, as it is there.
func (s *Server) detokenize(w http.ResponseWriter, _ *http.Request, f fields) *apiError {
	var ids []int
	if err := f.read("tokens", "array", &ids); err != nil {
		return err
	}
	for _, id := range ids {
		if id < 0 || id >= len(s.vocab.pieces) {
			return s.outOfRange(id)
		}
	}
	return reply(w, map[string]any{"content": s.vocab.decode(ids)})
}

// outOfRange is what comes of an id outside of the vocabulary where llama-server does not check it.
func (s *Server) outOfRange(id int) *apiError {
	return &apiError{Code: http.StatusInternalServerError, Type: typeServer, Message: fmt.Sprintf(
		"vector::_M_range_check: __n (which is %d) >= this->size() (which is %d)", uint64(id), len(s.vocab.pieces))}
}

// applyTemplate serves POST /apply-template.
func (s *Server) applyTemplate(w http.ResponseWriter, _ *http.Request, f fields) *apiError {
	prompt, err := renderChat(f)
	if err != nil {
		return err
	}
	return reply(w, map[string]any{"prompt": prompt})
}

// chatTemplate is what /props shows; renderChat does the same by hand.
const chatTemplate = "{% for m in messages %}" + startPiece + "{{m.role}}\n{{m.content}}" + endPiece +
	"\n{% endfor %}{% if add_generation_prompt %}" + startPiece + "assistant\n{% endif %}"

// renderChat is the text of a chat request's messages.
func renderChat(f fields) (string, *apiError) {
	if _, ok := f["messages"]; !ok {
		return "", invalid("'messages' is required")
	}
	var messages []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal(f["messages"], &messages); err != nil {
		return "", invalid("Expected 'messages' to be an array")
	}
	var b strings.Builder
	for _, m := range messages {
		text, err := contentText(m.Content)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s%s\n%s%s\n", startPiece, m.Role, text, endPiece)
	}
	b.WriteString(startPiece + "assistant\n")
	return b.String(), nil
}

// contentText reads a message's content: text, or a list of text parts.
func contentText(raw json.RawMessage) (string, *apiError) {
	var text string
	switch kindOf(raw) {
	case "null":
		return "", nil
	case "string":
		if json.Unmarshal(raw, &text) == nil {
			return text, nil
		}
	case "array":
		var parts []struct {
			Type string `json:"type"`
			Text string `json:"text"`
		}
		if json.Unmarshal(raw, &parts) == nil {
			for _, p := range parts {
				if p.Type != "text" {
					return "", invalid("unsupported content[].type")
				}
				text += p.Text
			}
			return text, nil
		}
	}
	return "", invalid("Invalid 'content' type: expected string or array, got %s", kindOf(raw))
}
