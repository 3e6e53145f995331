package faults

import (
	"fmt"
	"regexp"
	"strings"
)

// citedByClient makes a line of an answer that a client's library tells of in its own words; "" it is none.
func citedByClient(body string) string {
	if m := pythonError.FindStringSubmatch(body); m != nil {
		return fmt.Sprintf("HTTP error %s : %s", m[1], cut(strings.ReplaceAll(m[2]+m[3], `\n`, " "), keptBytes))
	}
	if m := citedText.FindStringSubmatch(body); m != nil {
		return fmt.Sprintf("HTTP error %s : %s", m[1], cut(m[2], keptBytes))
	}
	if m := exception.FindStringSubmatch(body); m != nil && unanswered.MatchString(m[1]) {
		return cut(body, keptBytes)
	} else if m != nil {
		return fmt.Sprintf("HTTP error %s : %s", statusOf(m[1], m[2]), cut(m[2], keptBytes))
	}
	if m := quotedError.FindStringSubmatch(body); m != nil {
		return cut("error: "+m[1], keptBytes)
	}
	return ""
}

// clientError begins what libraries of clients say of an error that they were answered: the names of exceptions.
const clientError = `^(?:[Oo]pen[Aa][Ii]|litellm|API|[\w.]*\.)?[\w. ]{0,40}(?:Error|Exception): `

// pythonError is such a message with the answer as Python prints it: status, text in either quotes.
var pythonError = regexp.MustCompile(clientError + `(?:\w+Exception - )?Error code: (\d{3}) - \{.*'message': (?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")`)

// citedText is one with the status and the answer's bare text.
var citedText = regexp.MustCompile(`^(?:[Oo]pen[Aa][Ii]|litellm\.|API|Ollama|LLM)[\w. ]{0,40}[Ee]rr(?:or|): (?:[Ee]rror,? |[Ss]tatus |code:? ?){0,3}([45]\d\d):? (.*)`)

// exception is one of a client's library, with what it says.
var exception = regexp.MustCompile(`^(?:litellm|openai|ollama)[\w.]*\.(\w+(?:Error|Exception)): (.*)`)

// unanswered are names of exceptions where no answer came.
var unanswered = regexp.MustCompile(`Connection|Timeout|ServiceUnavailable`)

// statusOf is the status that an exception tells by its text or its name; 400 where it does not.
func statusOf(name, text string) string {
	if m := saidStatus.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	if name == "InternalServerError" {
		return "500"
	}
	return "400"
}

var saidStatus = regexp.MustCompile(`status code: ([45]\d\d)`)

// quotedError is a text in quotes that says what became of the server: what ollama's client passes on.
var quotedError = regexp.MustCompile(`^"((?:llama[ -]?(?:runner|server)|error|unable|failed) [^"]*)"$`)

// clientWords begin what HTTP clients say when there is no answer.
var clientWords = regexp.MustCompile(`^(?:curl: \(\d+\)|(?:Get|Post) "?http|EOF$|unexpected EOF|read tcp|dial tcp|requests\.exceptions|http error|HTTP error \d|Connection|Error: (?:socket|connect|read))`)
