package reports

import (
	"regexp"
	"slices"
	"strings"
)

// The forms of keys; the first group is the key. The prefixes are those of Hugging Face, OpenAI and
// others alike, GitHub, GitLab, AWS and Slack, and JSON web tokens.
var keyForms = []struct {
	hint string
	re   *regexp.Regexp
}{
	{"bearer", regexp.MustCompile(`(?i)\bbearer\s+([\w.~+/=-]{6,})`)},
	{"-", regexp.MustCompile(`(?i)--?(?:api-key|hf-token|hft)(?:=|\s+)'?([^\s'"]+)`)},
	{"key", regexp.MustCompile(`(?i)\bapi[_-]?key["']?\s*[=:]\s*["']?([^\s"',;}]{3,})`)},
	{"_", regexp.MustCompile(`\b[A-Z0-9_]+_(?:TOKEN|SECRET|PASSWORD|KEY)=["']?([^\s"',;]{3,})`)},
	{"pass", regexp.MustCompile(`(?i)\b(?:password|passwd)["']?\s*[=:]\s*["']?([^\s"',;}]{3,})`)},
	{"://", regexp.MustCompile(`://[^/\s:@]*:([^/\s@]+)@`)},
	{"-", regexp.MustCompile(`(?:^|[^A-Za-z0-9])((?:sk|glpat|xox[abprs])-[\w-]{8,})`)},
	{"_", regexp.MustCompile(`(?:^|[^A-Za-z0-9])((?:hf|gh[pousr]|github_pat)_[A-Za-z0-9_]{8,})`)},
	{"akia", regexp.MustCompile(`\b(AKIA[0-9A-Z]{12,})`)},
	{"eyj", regexp.MustCompile(`\b(eyJ[\w-]{8,}\.[\w-]+\.[\w-]*)`)},
}

// keysIn are the keys that stand in a text, in the order in which they do.
func keysIn(text string) []string {
	var list []string
	lower := strings.ToLower(text)
	for i, form := range keyForms {
		if !strings.Contains(lower, form.hint) {
			continue
		}
		for _, m := range form.re.FindAllStringSubmatch(text, -1) {
			if key := m[1]; looksLikeKey(key, i >= firstPrefixed) {
				list = append(list, key)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b string) int { return strings.Index(text, a) - strings.Index(text, b) })
	return list
}

// firstPrefixed is the first form that goes by the key's own beginning.
const firstPrefixed = 6

// looksLikeKey leaves out what was withheld before and, of keys that are known by their beginning alone,
// names such as hf_tokenizer_config: a key has digits or both cases in it.
func looksLikeKey(key string, prefixed bool) bool {
	switch {
	case strings.Trim(key, "*") == "", strings.HasPrefix(key, "key-"):
		return false
	case !prefixed:
		return true
	}
	tail := key[strings.IndexAny(key, "-_.")+1:]
	mixed := strings.ToLower(tail) != tail && strings.ToUpper(tail) != tail
	return mixed || strings.ContainsAny(tail, "0123456789")
}

// keyFlag are the options whose value is a key (not --api-key-file).
var keyFlag = regexp.MustCompile(`^(--?(?:api-key|hf-token|hft))(?:=(.*))?$`)

// keyAt is the key that element i of a command line holds, also one that is passed on piecewise:
// --server-arg --api-key --server-arg KEY.
func keyAt(argv []string, i int) (string, bool) {
	inner := strings.TrimPrefix(argv[i], "--server-arg=")
	if m := keyFlag.FindStringSubmatch(inner); m != nil {
		return m[2], m[2] != ""
	}
	before := i - 1
	if before >= 0 && argv[before] == "--server-arg" {
		before--
	}
	if before < 0 || inner == "--server-arg" {
		return "", false
	}
	m := keyFlag.FindStringSubmatch(strings.TrimPrefix(argv[before], "--server-arg="))
	return inner, m != nil && m[2] == "" && strings.Trim(inner, "*") != ""
}
