package shapes

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// reserved are the characters of the grammar, of lists, and of comments in configuration files.
const reserved = "%+@,:=#"

// escape writes a word so that it can stand in a shape: reserved and unprintable characters, white
// space and stray bytes become %XX.
func escape(word string) string {
	var b strings.Builder
	for i := 0; i < len(word); {
		r, size := utf8.DecodeRuneInString(word[i:])
		stray := r == utf8.RuneError && size == 1
		if stray || strings.ContainsRune(reserved, r) || unicode.IsSpace(r) || !unicode.IsPrint(r) {
			for _, c := range []byte(word[i : i+size]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		} else {
			b.WriteString(word[i : i+size])
		}
		i += size
	}
	return b.String()
}

// unescape is the inverse of [escape]; it also takes small hexadecimal digits, and characters that
// need not have been escaped.
func unescape(text string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '%' {
			if strings.IndexByte(reserved, c) >= 0 || c <= ' ' || c == 0x7f {
				return "", fmt.Errorf("the word %q contains %q; write it as %%%02X", text, c, c)
			}
			b.WriteByte(c)
			continue
		}
		if i+2 >= len(text) || unhex(text[i+1]) < 0 || unhex(text[i+2]) < 0 {
			return "", fmt.Errorf("the word %q contains a %% that two hexadecimal digits do not follow; write it as %%25", text)
		}
		b.WriteByte(byte(unhex(text[i+1])<<4 | unhex(text[i+2])))
		i += 2
	}
	return b.String(), nil
}

// unhex is the value of a hexadecimal digit, -1 for anything else.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
