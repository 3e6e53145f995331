package reports

import (
	"regexp"
	"strings"
	"unicode"
)

// escapes are the sequences that steer a terminal: CSI, OSC and other strings, two-byte ones.
var escapes = regexp.MustCompile("(?s)(?:\x1b\\[|\u009b)[0-?]*[ -/]*[@-~]|\x1b\\].*?(?:\x07|\x1b\\\\)|\x1b[PX^_].*?\x1b\\\\|\x1b[ -/]*[0-Z\\\\^-~]")

// clean makes one printable line of text from elsewhere: no escape sequence, no control character,
// nothing that turns the direction of writing around, valid UTF-8. What was there and cannot be
// shown becomes U+FFFD.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if plain(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\r', r == '\u2028', r == '\u2029':
			return ' '
		case unprintable(r):
			return '\uFFFD'
		}
		return r
	}, escapes.ReplaceAllString(text, ""))
}

func plain(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

func unprintable(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}
