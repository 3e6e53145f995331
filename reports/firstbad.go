package reports

import (
	"fmt"
	"strings"

	"ctxcliff/harness/minimize"
)

// firstBadWords say where a bug began, the answer first.
func firstBadWords(f minimize.FirstBad) []string {
	var list []string
	switch {
	case f.Bad == "":
		list = append(list, "no build was found to break")
	case f.Good == "":
		list = append(list, fmt.Sprintf("%s breaks; no build was found to be clean", f.Bad))
	case len(f.Between) > 0:
		list = append(list, fmt.Sprintf("the first bad build is %s, or one of those before it that cannot be tested: %s; the last good one is %s",
			f.Bad, strings.Join(f.Between, ", "), f.Good))
	default:
		list = append(list, fmt.Sprintf("the first bad build is %s; the last good one is %s", f.Bad, f.Good))
	}
	if f.Good != "" {
		list = append(list, fmt.Sprintf("a build is called good after %s; that all of them were right is %s sure", count(f.Clean, "clean run"), percent(f.Sure)))
	}
	return appendEnded(list, f.Ended)
}
