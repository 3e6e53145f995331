package faults

import (
	"regexp"
	"slices"
	"strings"
)

// pasted are the lines of a text that somebody pasted: of a report that cites a log, the log.
func pasted(text []string) []string {
	var lines []string
	for _, t := range text {
		lines = append(lines, strings.Split(strings.TrimPrefix(t, "\ufeff"), "\n")...)
	}
	return fenced(outdented(lines))
}

// outdented takes away what all lines are indented by, where it is as much as makes a text code in Markdown.
func outdented(lines []string) []string {
	common := ""
	for i, l := range lines {
		indent := l[:len(l)-len(strings.TrimLeft(l, " \t"))]
		switch {
		case strings.TrimSpace(l) == "":
		case common == "" && i == 0 || common == "" && allBlank(lines[:i]):
			common = indent
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

func allBlank(lines []string) bool {
	return !slices.ContainsFunc(lines, func(l string) bool { return strings.TrimSpace(l) != "" })
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
