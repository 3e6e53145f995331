package expect

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"ctxcliff/harness/spelling"
	"ctxcliff/harness/trial"
)

// largestFile is more than any list needs: some 50,000 entries.
const largestFile = 8 << 20

// Read reads a file; its name says what it lists. An error is an [*Error] where it has a line.
func Read(name string, data []byte) (File, error) {
	f := File{Name: name}
	var known bool
	if f.Kind, known = KindOf(name); !known {
		return f, NameError(name)
	}
	if len(data) > largestFile || !utf8.Valid(data) {
		return f, &Error{name, 1, "this is no list of cells: it is too large, or not text; is it another file?"}
	}
	var above []string
	lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n"), "\n")
	for i, line := range lines {
		text := strings.TrimSpace(line)
		switch {
		case text == "" && len(f.Entries) == 0 && len(f.Head) == 0 && len(above) > 0:
			f.Head, above = append(above, ""), nil
		case text == "" || strings.HasPrefix(text, "#"):
			above = append(above, strings.TrimRight(line, " \t"))
		default:
			e, err := f.entry(i+1, text, above)
			if err != nil {
				return f, err
			}
			f.Entries, above = append(f.Entries, e), nil
		}
	}
	if len(data) > 0 {
		f.Tail = above
	}
	return f, f.twice()
}

// NameError says what is wrong with the name of a file that is none of the three kinds.
func NameError(name string) error {
	base := name[strings.LastIndexByte(name, '/')+1:]
	stem := strings.TrimSuffix(base, ".txt")
	cut := strings.LastIndexByte(stem, '-')
	if meant := spelling.Near(stem[cut+1:], []string{string(Fails), string(Flakes), string(Skips)}); meant != "" {
		return fmt.Errorf("%s is not called as a list of expectations; did you mean %q?", name, stem[:cut+1]+meant+".txt")
	}
	return fmt.Errorf("%s is not called as a list of expectations; name it <backend>-<gpu>-<topology>-fails.txt, -flakes.txt or -skips.txt", name)
}

var bugID = regexp.MustCompile(`^F-[0-9a-f]{4,}$`)

// entry reads a line that is no comment.
func (f *File) entry(n int, text string, above []string) (Entry, error) {
	words := strings.Fields(text)
	e := Entry{Line: n, Above: above, Pattern: words[0]}
	if !strings.Contains(e.Pattern, "__") && !strings.Contains(e.Pattern, "*") {
		return e, &Error{f.Name, n, fmt.Sprintf("%q is no pattern over cell ids: they are model__backend__topology__np2_ps16k__shape__8k; write * for what may be anything", e.Pattern)}
	}
	for _, w := range words[1:] {
		if err := f.word(&e, n, w); err != nil {
			return e, err
		}
	}
	e.inherit(f.Entries)
	if err := f.facts(&e, n); err != nil {
		return e, err
	}
	if f.Kind == Flakes {
		return e, f.known(e, above)
	}
	return e, nil
}

// word reads what stands behind a pattern.
func (f *File) word(e *Entry, n int, w string) error {
	var outcomes []string
	for _, o := range trial.Outcomes() {
		if o.Bad() {
			outcomes = append(outcomes, o.String())
		}
	}
	o, err := trial.ParseOutcome(w)
	switch {
	case strings.HasPrefix(w, "#"):
		return &Error{f.Name, n, "a comment stands behind the pattern; give it a line of its own, above"}
	case f.Kind == Skips:
		return &Error{f.Name, n, fmt.Sprintf("%q stands behind the pattern, and a skip has no outcome; write why it is skipped in a comment above", w)}
	case bugID.MatchString(w) && e.Bug == "":
		e.Bug = w
	case err == nil && o.Bad() && e.Outcome == trial.Unknown:
		e.Outcome = o
	case spelling.Near(w, outcomes) != "":
		return &Error{f.Name, n, fmt.Sprintf("%q is not an outcome; did you mean %q?", w, spelling.Near(w, outcomes))}
	default:
		return &Error{f.Name, n, fmt.Sprintf("%q is neither an outcome nor the id of a fault; write one of %s, or F-…", w, strings.Join(outcomes, ", "))}
	}
	return nil
}

// inherit gives an entry that stands right below another what is said of that.
func (e *Entry) inherit(before []Entry) {
	if len(e.Above) == 0 && len(before) > 0 {
		last := before[len(before)-1]
		e.Link, e.Build, e.Hits, e.Starts, e.Comments = last.Link, last.Build, last.Hits, last.Starts, last.Comments
	}
}

var (
	keyed   = regexp.MustCompile(`^#\s*([A-Za-z][A-Za-z /]{0,30}?)\s*:\s+(.*)$`)
	ofRuns  = regexp.MustCompile(`^(\d+)\s*/\s*(\d+)(\s+(starts|runs))?$`)
	address = regexp.MustCompile(`^https?://[^\s/]+\S*$`)
)

// What is said above a flake.
const (
	bugReport   = "Bug Report"
	failureRate = "Failure Rate"
	build       = "Build"
)

// facts reads the comments right above an entry.
func (f *File) facts(e *Entry, n int) error {
	for i := len(e.Above) - 1; i >= 0 && e.Above[i] != ""; i-- {
		text := strings.TrimSpace(e.Above[i])
		match := keyed.FindStringSubmatch(text)
		if match == nil {
			e.Comments = append([]string{strings.TrimSpace(strings.TrimLeft(text, "#"))}, e.Comments...)
			continue
		}
		switch value := strings.TrimSpace(match[2]); {
		case strings.EqualFold(match[1], bugReport):
			e.Link = value
		case strings.EqualFold(match[1], build):
			e.Build = value
		case strings.EqualFold(match[1], "Reason"):
			e.Comments = append([]string{value}, e.Comments...)
		case strings.EqualFold(match[1], failureRate):
			at := n - len(e.Above) + i
			rate := ofRuns.FindStringSubmatch(value)
			if rate == nil {
				return &Error{f.Name, at, fmt.Sprintf("%q is not a rate; write failures and starts, such as 3/20: a share alone does not say how sure it is", value)}
			}
			e.Hits, _ = strconv.Atoi(rate[1])
			e.Starts, _ = strconv.Atoi(rate[2])
			if e.Hits < 1 || e.Hits > e.Starts {
				return &Error{f.Name, at, fmt.Sprintf("%q is not the rate of a flake; write how often it broke in how many starts, such as 3/20", value)}
			}
		}
	}
	return nil
}

// known refuses a flake of which too little is said.
func (f *File) known(e Entry, above []string) error {
	for _, fact := range []struct {
		key, form string
		ok        bool
	}{
		{bugReport, "https://…", address.MatchString(e.Link)},
		{failureRate, "3/20 starts", e.Starts > 0},
		{build, "b10631", e.Build != ""},
	} {
		if fact.ok {
			continue
		}
		for i, line := range above {
			if match := keyed.FindStringSubmatch(line); match != nil && match[1] != fact.key && spelling.Near(match[1], []string{fact.key}) != "" {
				return &Error{f.Name, e.Line - len(above) + i, fmt.Sprintf("%q says nothing of a flake; did you mean %q?", match[1], fact.key)}
			}
		}
		return &Error{f.Name, e.Line, fmt.Sprintf("a flake needs a link, a rate and a build; write \"# %s: %s\" above it", fact.key, fact.form)}
	}
	return nil
}

// twice refuses an entry that says what another one says.
func (f *File) twice() error {
	seen := map[string]int{}
	for _, e := range f.Entries {
		if n, ok := seen[e.text()]; ok {
			return &Error{f.Name, e.Line, fmt.Sprintf("this is line %d once more; keep one of them", n)}
		}
		seen[e.text()] = e.Line
	}
	return nil
}
