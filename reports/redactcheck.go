package reports

import (
	"encoding/hex"
	"fmt"
	"html"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Leak is something sensitive that was found in a finished text.
type Leak struct {
	Line       int // from 1
	Kind, Text string
}

func (l Leak) String() string { return fmt.Sprintf("line %d: %s: %s", l.Line, l.Kind, clean(l.Text)) }

// Leaks looks for sensitive things in a finished report, or in any text, in its own way: it shares no
// pattern with [Redactor], so that a mistake in the one is not one in the other. It takes words apart
// where the Redactor matches forms, and looks behind the escapes of HTML, JSON and SQL. In doubt it
// reports.
func Leaks(text string, known Identity) []Leak {
	var all []Leak
	seen := map[Leak]bool{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		for _, spelling := range spellings(strings.TrimRight(line, "\r\n")) {
			for _, l := range leaksIn(spelling, known) {
				l.Line = n
				if !seen[l] {
					seen[l] = true
					all = append(all, l)
				}
			}
		}
	}
	return all
}

var (
	sqlHex      = regexp.MustCompile(`X'([0-9a-f]+)'`)
	jsonEscapes = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\u001b`, "\x1b", `\"`, `"`, `\\`, `\`, `\n`, " ", `\t`, " ", `\/`, "/")
)

// spellings are the readings of a line by the formats that it may be in.
func spellings(line string) []string {
	list := []string{line}
	add := func(s string) {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	if !plain(line) {
		add(clean(line))
	}
	if strings.Contains(line, "&") {
		add(html.UnescapeString(line))
	}
	if strings.Contains(line, `\`) {
		add(jsonEscapes.Replace(line))
		add(clean(list[len(list)-1]))
	}
	for _, m := range sqlHex.FindAllStringSubmatch(line, -1) {
		if b, err := hex.DecodeString(m[1]); err == nil {
			add(string(b))
			add(clean(string(b)))
		}
	}
	return list
}

func leaksIn(line string, known Identity) []Leak {
	var all []Leak
	add := func(kind, text string) { all = append(all, Leak{Kind: kind, Text: text}) }
	for at, word := range cutWords(line, &inIPv4) {
		if a, err := netip.ParseAddr(strings.Trim(word, ".")); err == nil && tellsAddress(a) && !versioned(near(line, at), word, line[at+len(word):]) {
			add("address", word)
		}
	}
	for at, word := range cutWords(line, &inIPv6) {
		if a, err := netip.ParseAddr(strings.Trim(word, ".")); err == nil && a.Is6() && tellsAddress(a) && !identifier(near(line, at), line[at+len(word):]) {
			add("address", word)
		}
		if parts := strings.Split(strings.Trim(word, ":"), ":"); len(parts) == 6 && len(word) == 17 {
			add("hardware address", word)
		}
	}
	for _, home := range []string{"/home/", "/Users/", `:\Users\`, `:\\Users\\`, ":/Users/"} {
		for rest := line; ; {
			_, after, ok := strings.Cut(rest, home)
			if !ok {
				break
			}
			if after != "" && isWord(after[0]) && !strings.HasPrefix(after, "user-") && !strings.HasPrefix(after, "linuxbrew") && !strings.HasPrefix(after, "Shared") {
				add("home directory", home+firstWord(after))
			}
			rest = after
		}
	}
	for at, word := range cutWords(line, &inWord) {
		all = append(all, leaksOfWord(near(line, at), word, known)...)
	}
	return all
}

// near is what stands right before a place: as much as matters, for a line may be megabytes long.
func near(line string, at int) string { return line[max(0, at-32):at] }

// The characters that words are made of.
var (
	inIPv4 = characters("0123456789.")
	inIPv6 = characters("0123456789abcdefABCDEF:.")
	inWord = characters("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.@+/~=:")
)

func characters(list string) (set [256]bool) {
	for _, c := range []byte(list) {
		set[c] = true
	}
	return set
}

func leaksOfWord(before, word string, known Identity) []Leak {
	var all []Leak
	add := func(kind string) { all = append(all, Leak{Kind: kind, Text: word}) }
	if word == "/root" || strings.HasPrefix(word, "/root/") {
		add("home directory")
	}
	if user, host, ok := strings.Cut(word, "@"); ok && user != "" && strings.Contains(strings.Trim(host, "."), ".") && !strings.HasPrefix(user, "user-") && !strings.HasSuffix(host, ".service") && strings.ContainsFunc(user, isLetter) && strings.ContainsFunc(host, isLetter) && !strings.Contains(user, "://") {
		add("e-mail address")
	}
	for _, begin := range []string{"hf_", "sk-", "ghp_", "gho_", "github_pat_", "glpat-", "AKIA"} {
		if tail, ok := strings.CutPrefix(strings.TrimLeft(word, "=:/"), begin); ok && len(tail) >= 8 && strings.ContainsAny(tail, "0123456789") {
			add("key")
		}
	}
	if strings.HasSuffix(strings.ToLower(before), "bearer ") && len(word) >= 6 && !strings.HasPrefix(word, "key-") {
		add("key")
	}
	for kind, list := range map[string][]string{"host name": known.Hosts, "user name": known.Users} {
		for _, name := range list {
			if len(name) < 3 || !strings.Contains(strings.ToLower(word), strings.ToLower(name)) {
				continue
			}
			for _, part := range strings.FieldsFunc(strings.ToLower(word), func(r rune) bool { return strings.ContainsRune("_-.@+/~=:", r) }) {
				if part == strings.ToLower(name) && !isOrdinary(part) {
					add(kind)
				}
			}
		}
	}
	return all
}

func isOrdinary(word string) bool {
	for _, o := range ordinary {
		if o == word {
			return true
		}
	}
	return false
}

// cutWords yields the longest runs of the characters, with where they begin.
func cutWords(line string, set *[256]bool) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		begin := -1
		for i := 0; i <= len(line); i++ {
			if i < len(line) && set[line[i]] {
				if begin < 0 {
					begin = i
				}
			} else if begin >= 0 {
				if !yield(begin, line[begin:i]) {
					return
				}
				begin = -1
			}
		}
	}
}

func tellsAddress(a netip.Addr) bool {
	if a.Is4In6() {
		a = a.Unmap()
	}
	return !a.IsLoopback() && !a.IsUnspecified() && a.String() != "255.255.255.255" &&
		(a.Is4() || a.As16()[0]>>5 == 1 || a.As16()[0]>>1 == 0x7e || a.IsLinkLocalUnicast())
}

// versioned is what only looks like an IPv4 address: part of a name, the number after a word that versions
// have, or the time at the head of a line of the server's log.
func versioned(before, word, after string) bool {
	tail := strings.ToLower(strings.TrimRight(before, " =:(\"'-v"))
	for _, w := range []string{"version", "ver", "rocm", "cuda", "driver", "firmware", "vulkan", "mesa", "hip", ".so."} {
		if strings.HasSuffix(tail, w) {
			return true
		}
	}
	nameBefore := before != "" && (isLetter(rune(before[len(before)-1])))
	logLine := len(after) > 2 && after[0] == ' ' && strings.IndexByte("IWEDN", after[1]) >= 0 && after[2] == ' '
	return nameBefore || logLine || after != "" && isLetter(rune(after[0]))
}

// identifier is what only looks like an IPv6 address: scopes of C++.
func identifier(before, after string) bool {
	return before != "" && (isWord(before[len(before)-1]) || before[len(before)-1] == '_') || after != "" && (isWord(after[0]) || after[0] == '_' || after[0] == '(')
}

func firstWord(text string) string {
	return text[:len(text)-len(strings.TrimLeft(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."))]
}
