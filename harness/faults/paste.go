package faults

import (
	"regexp"
	"slices"
	"strings"
)

// pasted are the lines of a text that somebody pasted: of a report that cites a log, the log.
func pasted(text []string) []string {
	plain := make([]string, len(text))
	for i, t := range text {
		plain[i] = strings.TrimPrefix(t, "\ufeff")
	}
	return fenced(outdented(lined(plain)))
}

// entry is where a journal, the kernel or the server's logger began a line.
var entry = regexp.MustCompile(`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w.-]+ kernel: |\[ *\d+\.\d{6}\] |\b\d{1,4}\.\d\d\.\d{3}\.\d{3} [DIWE] `)

// entries are the lines that a site made one of which it did not know to be a log.
func entries(line string) []string {
	const shortest = 120
	if len(line) < shortest {
		return []string{line}
	}
	starts := slices.DeleteFunc(entry.FindAllStringIndex(line, -1), func(s []int) bool { return quoted(line[:s[0]]) })
	if len(starts) < 2 {
		return []string{line}
	}
	all := []string{line[:starts[0][0]]}
	for i, s := range starts {
		end := len(line)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		all = append(all, line[s[0]:end])
	}
	return all
}

// quoted says whether what follows stands in a string: a server at work logs what it is asked about a log.
func quoted(before string) bool {
	return strings.HasSuffix(before, `\n`) || strings.HasSuffix(before, `"`) || strings.HasSuffix(before, `'`)
}

// lined are the lines of a text, some of which a site may have made one: of a long text it made no line.
func lined(text []string) []string {
	const longest = 64
	var all []string
	for _, t := range text {
		all = slices.AppendSeq(all, strings.SplitSeq(t, "\n"))
	}
	if len(all) > longest {
		return all
	}
	var short []string
	for _, line := range all {
		short = append(short, entries(line)...)
	}
	return short
}

// outdented takes away what all lines are indented by, where it is as much as makes a text code in Markdown.
func outdented(lines []string) []string {
	common, first := "", true
	for _, l := range lines {
		indent := l[:len(l)-len(strings.TrimLeft(l, " \t"))]
		switch {
		case strings.TrimSpace(l) == "":
		case first:
			common, first = indent, false
		default:
			for !strings.HasPrefix(indent, common) {
				common = common[:len(common)-1]
			}
		}
	}
	if common != "\t" && len(common) < 4 {
		return lines
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.TrimPrefix(l, common)
	}
	return out
}

var (
	fence   = regexp.MustCompile("^[> ]*(?:```+|~~~+)[ \\w{}.+-]*\r?$")
	heading = regexp.MustCompile(`^[> ]*(?:#{1,4} \S|<details>|<summary>)`)
)

// fenced are the lines within the fences of a report in Markdown; all lines of a text that is none. In a log, too,
// a model may write fences; but what is outside of them is then the log.
func fenced(lines []string) []string {
	var inside []string
	open, reports := false, false
	for _, l := range lines {
		switch {
		case fence.MatchString(l):
			open = !open
		case open:
			inside = append(inside, l)
		case heading.MatchString(l):
			reports = true
		case ofLogger(visible([]byte(l))):
			return lines
		}
	}
	if !reports || open || len(inside) == 0 {
		return lines
	}
	return inside
}
