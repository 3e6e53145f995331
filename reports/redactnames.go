package reports

import (
	"regexp"
	"slices"
	"strings"
)

// names are words that were learned, to be replaced wherever they stand as words.
type names struct {
	words []string
	match *regexp.Regexp // of all words, nil when it is to be made again
}

// ordinary are words that name nobody: as the name of a host or a user they tell nothing, and they are all
// over the logs.
var ordinary = strings.Fields(`admin amd amdgpu apple arch arm attempt backend bench bin boot build cache canary cell cli client code
	computer container context cpu crash cuda data debian default desktop dev device docker driver error fail false fedora gemma ggml gguf
	gpu guest hip home host http infra intel kernel kv laptop layer leak lines linux llama llm load local localhost loop mac machine main
	master media metal mistral mixed model models natural nix nobody node none null nvidia ollama opt oom pass pc podman port process
	prompt qwen radeon random refused repeat rocm root rpc run runner screen server shape share shared sim skip slot small srv start store
	subject system test tester tiny token tokens tools true ubuntu unicode unknown user users version vulkan warn windows worker
	abort aborted again all and any are as at be been by can code did die died do done end file from get got has had have in is it its
	key mail no not of off on one only or out read say said serial so that the then there this time to two up uuid was were what who will with
	name number path peer reset set state status stop task text thread type value write ip mac linuxbrew public`)

var placeholders = regexp.MustCompile(`^(?:host|ip|user|key|mail|mac|uuid|serial)-\d+$`)

func isPlaceholder(word string) bool { return placeholders.MatchString(word) }

// learn takes in a word. One that is too short or too ordinary to be told from the rest of a log is left
// out.
func (n *names) learn(word string) {
	word = strings.ToLower(strings.Trim(word, ".-_"))
	if len(word) < 3 || slices.Contains(ordinary, word) || slices.Contains(n.words, word) || !strings.ContainsFunc(word, isLetter) || isPlaceholder(word) {
		return
	}
	n.words, n.match = append(n.words, word), nil
}

// replace puts placeholders for the words, the longest first.
func (n *names) replace(text string, placeholder func(string) string) string {
	if len(n.words) == 0 {
		return text
	}
	if n.match == nil {
		quoted := make([]string, len(n.words))
		for i, w := range n.words {
			quoted[i] = regexp.QuoteMeta(w)
		}
		slices.SortStableFunc(quoted, func(a, b string) int { return len(b) - len(a) })
		n.match = regexp.MustCompile(`(?i)` + strings.Join(quoted, "|"))
	}
	return replaceWhere(text, n.match, func(m found) (string, bool) {
		return placeholder(m.text), !isWord(m.before) && !isWord(m.after)
	})
}

// found is a match with the characters beside it, 0 at the ends.
type found struct {
	text          string
	groups        []string
	before, after byte
	head, tail    string // of the text, up to the match and behind it
}

// replaceWhere replaces those matches for which f says so.
func replaceWhere(text string, re *regexp.Regexp, f func(found) (string, bool)) string {
	var b strings.Builder
	at := 0
	for _, loc := range re.FindAllStringSubmatchIndex(text, -1) {
		m := found{text: text[loc[0]:loc[1]], head: text[:loc[0]], tail: text[loc[1]:]}
		for g := 0; g < len(loc); g += 2 {
			if loc[g] < 0 {
				m.groups = append(m.groups, "")
				continue
			}
			m.groups = append(m.groups, text[loc[g]:loc[g+1]])
		}
		if loc[0] > 0 {
			m.before = text[loc[0]-1]
		}
		if loc[1] < len(text) {
			m.after = text[loc[1]]
		}
		if with, ok := f(m); ok {
			b.WriteString(text[at:loc[0]] + with)
			at = loc[1]
		}
	}
	if at == 0 {
		return text
	}
	return b.String() + text[at:]
}

func isWord(c byte) bool   { return alphanumeric(c) || c >= 0x80 }
func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r >= 0x80 }
