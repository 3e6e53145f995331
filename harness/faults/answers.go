package faults

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// errorBody is what llama-server puts into an error answer (tools/server/server-common.cpp,
// format_error_response), also as an event of a stream whose status was 200.
type errorBody struct {
	Error struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Type    string `json:"type"`
	} `json:"error"`
}

// errorLine makes one line of an error that a client saw. An answer that is no error becomes an
// empty line: what is in it is model text.
func errorLine(body string) string {
	if at := strings.Index(body, `{"error"`); at >= 0 {
		var b errorBody
		if json.NewDecoder(strings.NewReader(body[at:])).Decode(&b) == nil && b.Error.Message+b.Error.Type != "" {
			return fmt.Sprintf("HTTP error %d %s: %s", b.Error.Code, b.Error.Type, strings.ReplaceAll(b.Error.Message, "\n", " "))
		}
	}
	if clientWords.MatchString(body) {
		return cut(body, keptBytes)
	}
	return ""
}

// clientWords begin what HTTP clients say when there is no answer.
var clientWords = regexp.MustCompile(`^(?:curl: \(\d+\)|(?:Get|Post) "?http|EOF$|unexpected EOF|read tcp|dial tcp|requests\.exceptions|http error|HTTP error \d|Connection|Error: (?:socket|connect|read))`)

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

// isDownload is true for an exception over a remote model hub: an outage there, no fault here.
func isDownload(what string) bool {
	return downloading.MatchString(what)
}

var downloading = regexp.MustCompile(`HF API|[Dd]ownload|curl|manifest|[Hh]ugging ?[Ff]ace`)
