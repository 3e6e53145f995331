package server

import (
	"regexp"
	"strings"

	"ctxcliff/harness/internal/process"
)

// telling are the lines that say why a load failed, best first. (llama.cpp common/arg.cpp,
// src/llama.cpp, src/llama-kv-cache.cpp, ggml/src/gguf.cpp, tools/server/server.cpp.)
var telling = []*regexp.Regexp{
	regexp.MustCompile(`error: invalid argument: .*`),
	regexp.MustCompile(`error while handling (?:argument|environment variable) .*`),
	regexp.MustCompile(`GGML_ASSERT\(.*\) failed`),
	regexp.MustCompile(`couldn't bind HTTP server socket.*`),
	regexp.MustCompile(`failed to open GGUF file .*`),
	regexp.MustCompile(`invalid magic characters.*`),
	regexp.MustCompile(`failed to allocate buffer for kv cache`),
	regexp.MustCompile(`unable to allocate .* buffer`),
	regexp.MustCompile(`error loading model: .*`),
	regexp.MustCompile(`(?i)\berror\b.*`),
	regexp.MustCompile(`(?i)\bfailed\b.*`),
}

// tellingLine is the part of the log that says most about why a load failed; else its last line.
func tellingLine(tail []process.Line) string {
	for _, t := range telling {
		for _, l := range tail {
			if m := t.FindString(l.Text); m != "" {
				return firstLine(m)
			}
		}
	}
	for i := len(tail) - 1; i >= 0; i-- {
		if text := strings.TrimSpace(tail[i].Text); text != "" {
			return firstLine(text)
		}
	}
	return "it printed nothing"
}

func couldNotBind(tail []process.Line) bool {
	for _, l := range tail {
		if strings.Contains(l.Text, "couldn't bind HTTP server socket") {
			return true
		}
	}
	return false
}
