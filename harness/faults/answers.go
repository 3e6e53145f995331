package faults

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// serverError is what llama-server puts into an error answer (tools/server/server-common.cpp,
// format_error_response), also as an event of a stream whose status was 200.
type serverError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Type    string `json:"type"`
}

// errorValue is what stands behind "error": a serverError, or the bare text that programs around
// llama-server send.
type errorValue json.RawMessage

// beforeError ends where an error's value begins. In a text of JSON its quotes would be escaped.
var beforeError = regexp.MustCompile(`"error"\s*:\s*`)

// errorLine makes one line of an error that a client saw. An answer that is no error becomes an
// empty line: what is in it is model text.
func errorLine(body string) string {
	if at := beforeError.FindStringIndex(body); at != nil {
		var value json.RawMessage
		if json.NewDecoder(strings.NewReader(body[at[1]:])).Decode(&value) == nil {
			if line := errorValue(value).line(); line != "" {
				return line
			}
		}
	}
	if at := bareError.FindStringSubmatchIndex(body); at != nil {
		var value json.RawMessage
		if json.NewDecoder(strings.NewReader(body[at[2]:])).Decode(&value) == nil {
			return errorValue(value).line()
		}
	}
	if line := citedByClient(body); line != "" {
		return line
	}
	if clientWords.MatchString(body) {
		return cut(body, keptBytes)
	}
	return ""
}

// bareError is an error that a program tells of with its status and without the "error" around it.
var bareError = regexp.MustCompile(`^(?:[A-Z][\w ]{0,60}:? )?(?:HTTP|[Ss]tatus)\D{0,12}[45]\d\d:? *(\{)"code"`)

// citedError ends where a program cites the answer that it got, behind its status.
var citedError = regexp.MustCompile(`^(?:[A-Z][\w ]{0,60}:? )?(?:HTTP|[Ss]tatus)\D{0,12}[45]\d\d:? *\{`)

// line is the error in one line; "" there is none.
func (v errorValue) line() string {
	var e serverError
	var text string
	switch {
	case json.Unmarshal(v, &e) == nil && e.Message+e.Type != "":
		return fmt.Sprintf("HTTP error %d %s: %s", e.Code, e.Type, strings.ReplaceAll(e.Message, "\n", " "))
	case json.Unmarshal(v, &text) == nil && text != "":
		return cut("error: "+strings.ReplaceAll(text, "\n", " "), keptBytes)
	}
	return ""
}

// succeeded is the status line of an answer that went through.
var succeeded = regexp.MustCompile(`^HTTP(?:/[\d.]+)? 200\b`)

// answered says whether some request got a good answer.
func (c *call) answered() bool {
	for _, body := range c.e.HTTP {
		if succeeded.MatchString(body) || errorLine(body) == "" && contentOf(body) != "" {
			return true
		}
	}
	return false
}

// bodiesIn returns the lines of a pasted text that are bodies of answers, or events of a stream.
func bodiesIn(text []string) (bodies []string) {
	for _, line := range text {
		if !strings.Contains(line, "{") {
			continue
		}
		line = string(unwrapped(visible([]byte(line))))
		if at := citedError.FindStringIndex(line); at != nil && json.Valid([]byte(line[at[1]-1:])) {
			bodies = append(bodies, line[at[1]-1:])
			continue
		}
		start := strings.TrimPrefix(line, "data: ")
		if strings.HasPrefix(start, "{") && json.Valid([]byte(start)) && contentOf(start)+beforeError.FindString(start) != "" {
			bodies = append(bodies, line)
		}
	}
	return bodies
}

// isDownload is true for an exception over a remote model hub: an outage there, no fault here.
func isDownload(what string) bool {
	return downloading.MatchString(what)
}

// isModelFile is true for an exception over what stands in a model file, thrown by a loader that nobody catches.
func isModelFile(what string) bool {
	return loading.MatchString(what)
}

var loading = regexp.MustCompile(`unexpectedly reached end of file|[Ff]ailed to open \S*\.(?:gguf|bin)|(?:invalid|bad|unknown) \(?(?:file )?magic|unknown model architecture|wrong (?:shape|number of tensors)|not within the file bounds|missing tensor|\btensor '[^']*' (?:not found|has )|(?:in|from) model file|[Ff]ailed to load (?:GGUF|model)`)

var downloading = regexp.MustCompile(`HF API|[Dd]ownload|curl|manifest|[Hh]ugging ?[Ff]ace`)
