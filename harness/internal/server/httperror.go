package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// HTTPError is the server's own error, as a response or inside a stream.
type HTTPError struct {
	Status  int    // 500 for an error inside a stream that has none
	Type    string // exceed_context_size_error, invalid_request_error…; "" when the body is no error object
	Message string // the server's, or the first line of a body that is no error object; "" for an empty one
}

func (e *HTTPError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("HTTP %d without a reason", e.Status)
	}
	return fmt.Sprintf("HTTP %d: %s", e.Status, e.Message)
}

// maxErrorBody is how much of an error's body is read.
const maxErrorBody = 1 << 20

// httpError reads the error object of a response that is no success.
func httpError(r *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxErrorBody))
	var parsed struct {
		Error json.RawMessage `json:"error"`
	}
	e := &HTTPError{Status: r.StatusCode}
	if json.Unmarshal(body, &parsed) == nil && e.fill(parsed.Error) {
		e.Status = r.StatusCode // a proxy may have changed it, and it is what clients see
		return e
	}
	e.Message = firstLine(string(body))
	if err != nil {
		e.Message = firstLine(e.Message + " (cut: " + err.Error() + ")")
	}
	return e
}

// streamError is the error that an event holds; nil when it holds none.
func streamError(raw json.RawMessage) error {
	e := &HTTPError{Status: http.StatusInternalServerError}
	if !e.fill(raw) {
		return nil
	}
	return e
}

// fill takes what an "error" value says: {"code","message","type"} of llama-server, or a mere string
// of whatever stands before it. False when it says nothing.
func (e *HTTPError) fill(raw json.RawMessage) bool {
	var object struct {
		Code    json.RawMessage `json:"code"`
		Message string          `json:"message"`
		Type    string          `json:"type"`
	}
	switch {
	case len(raw) == 0 || bytes.Equal(raw, []byte("null")):
		return false
	case json.Unmarshal(raw, &object) == nil:
		if code, err := strconv.Atoi(string(bytes.Trim(object.Code, `"`))); err == nil && code > 0 {
			e.Status = code
		}
		e.Type, e.Message = object.Type, object.Message
	case json.Unmarshal(raw, &e.Message) != nil:
		e.Message = firstLine(string(raw))
	}
	return true
}
