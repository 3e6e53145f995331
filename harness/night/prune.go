package night

import (
	"slices"
	"strings"
)

// Evidence is a file of a run's directory that must stay, because a bug was seen there first, last, or with
// its shortest prompt.
type Evidence struct{ Run, File string }

// Old is what is known of the runs of nights, the newest night first.
type Old struct {
	Nights [][]string // ids of the runs of each
}

// Policy says how much of old nights is kept.
type Policy struct {
	Nights int // newest ones of which everything stays
}

// Prunable are the runs whose logs may go: those of nights that are older than the policy keeps, unless a
// night that is kept has them, too. Only runs that a night made are ever among them.
func (p Policy) Prunable(o Old) (runs []string) {
	var kept []string
	for i, ids := range o.Nights {
		for _, id := range ids {
			switch {
			case i < p.Nights:
				kept = append(kept, id)
			case !slices.Contains(kept, id) && !slices.Contains(runs, id):
				runs = append(runs, id)
			}
		}
	}
	return runs
}

// MayGo reports whether a file of a prunable run's directory may go. What shows a bug stays, with the logs of
// the same start; reports are made again from the store by ctxcliff report.
func MayGo(run, file string, evidence []Evidence) bool {
	for _, e := range evidence {
		if e.Run == run && startOf(e.File) == startOf(file) {
			return false
		}
	}
	return strings.HasPrefix(file, "start-") || strings.HasPrefix(file, "report.")
}

// startOf is the part of a file's name that all files of one start have: start-0002.server.log.gz.
func startOf(file string) string {
	name, _, _ := strings.Cut(file, ".")
	return name
}
