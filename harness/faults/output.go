package faults

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of section 5 of the taxonomy.
const (
	longestPeriod = 64 // bytes of a unit that repeats, about eight tokens
	leastRun      = 15 // characters of a run that counts
	leastRepeats  = 6  // of a longer unit
)

// addOutput judges what models answered, where the evidence holds it.
func (c *call) addOutput() {
	var text strings.Builder
	for _, body := range slices.Concat(c.e.HTTP, bodiesIn(c.e.Text)) {
		if errorLine(body) == "" && !succeeded.MatchString(body) {
			content := contentOf(body)
			if content == "" {
				continue
			}
			text.WriteString(content)
			if !oneOfMany.MatchString(body) {
				text.WriteString("\n")
			}
		}
	}
	answer := strings.TrimSuffix(text.String(), "\n")
	class, unit := Degenerate(answer)
	if class == "" {
		return
	}
	r := &Rule{Name: "degenerate-output", Level: Survived, Title: "repeats {unit}", Component: "model output"}
	c.found = append(c.found, &finding{rule: r, class: class, level: r.Level, process: inAnswer,
		vars: map[string]string{"unit": fmt.Sprintf("%q", unit)}, lines: []string{cut(answer, keptBytes)}})
}

// oneOfMany is an event of a stream: the next one goes on where it ends.
var oneOfMany = regexp.MustCompile(`"delta"|"(?:done|stop)": ?false`)

var specialTokens = regexp.MustCompile(`(?:<unused\d+>|<pad>|<\|?(?:reserved|extra)_\w*\d+\|?>|\[control_\d+\]|<unk>|\[PAD\d*\]){4,}`)
var oneSpecial = regexp.MustCompile(`^(?:<[^<>]*>|\[[^\[\]]*\])`)

// Degenerate says whether the rest of an answer is one unit over and over: "wrong-output.repeat-char"
// for a character, "wrong-output.repeat-token" for a longer unit or special tokens; "" neither. A run
// counts only where it fills the answer's end, because digits and dashes may be asked for.
func Degenerate(answer string) (class, unit string) {
	if run := specialTokens.FindString(answer); run != "" {
		return "wrong-output.repeat-token", oneSpecial.FindString(run)
	}
	last, _ := utf8.DecodeLastRuneInString(answer)
	if last == utf8.RuneError {
		return "", ""
	}
	if n := utf8.RuneCountInString(answer) - utf8.RuneCountInString(strings.TrimRight(answer, string(last))); n >= leastRun {
		return "wrong-output.repeat-char", string(last)
	}
	for n := 2; n <= longestPeriod && n*leastRepeats <= len(answer); n++ {
		unit := answer[len(answer)-n:]
		if strings.HasSuffix(answer, strings.Repeat(unit, leastRepeats)) && utf8.ValidString(unit) {
			return "wrong-output.repeat-token", strings.TrimSpace(unit)
		}
	}
	return "", ""
}

// completion is what the several endpoints call the text of an answer: /completion, /v1/completions and
// /v1/chat/completions, /v1/messages, and those of ollama.
type completion struct {
	Content  textOf  `json:"content"`
	Response textOf  `json:"response"`
	Message  message `json:"message"`
	Delta    struct {
		Text textOf `json:"text"`
	} `json:"delta"`
	Choices []struct {
		Text    textOf  `json:"text"`
		Delta   message `json:"delta"`
		Message message `json:"message"`
	} `json:"choices"`
}

type message struct {
	Content textOf `json:"content"`
}

// textOf is a string, or a list of parts that have a text each.
type textOf string

// UnmarshalJSON takes what is neither, such as null, for no text.
func (t *textOf) UnmarshalJSON(data []byte) error {
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(data, (*string)(t)) != nil && json.Unmarshal(data, &parts) == nil {
		for _, part := range parts {
			*t += textOf(part.Text)
		}
	}
	return nil
}

// contentOf returns the model's text in an answer or an event of a stream; the body itself where it
// is not JSON.
func contentOf(body string) string {
	body = strings.TrimPrefix(body, "data: ")
	var c completion
	if strings.HasPrefix(body, "{") && json.Unmarshal([]byte(body), &c) == nil {
		text := c.Content + c.Response + c.Message.Content + c.Delta.Text
		for _, choice := range c.Choices {
			text += choice.Text + choice.Delta.Content + choice.Message.Content
		}
		return string(text)
	}
	return body
}

// addSpoilt adds what oracles found. A crash explains more than a spoilt answer does; of the oracles
// the first in the list speaks.
func (c *call) addSpoilt() {
	for i, s := range c.e.Spoilt {
		r := &Rule{Name: "oracle", Level: Survived - 2, Title: "{finding}", Key: "{finding-key}", Component: "model output"}
		vars := map[string]string{"finding": s.What, "finding-key": s.Key}
		if s.Key == "" {
			vars["finding-key"] = s.What
		}
		c.found = append(c.found, &finding{rule: r, class: s.Class, level: r.Level, line: i, process: inAnswer, vars: vars, lines: []string{cut(s.Detail, keptBytes)}})
	}
}
