package expect

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// Kind is what a file lists.
type Kind string

// The kinds.
const (
	Fails  Kind = "fails"  // cells that are known to break
	Flakes Kind = "flakes" // cells that are known to break now and then
	Skips  Kind = "skips"  // cells that are not run
)

// Kinds are all of them, in the order in which they are told.
func Kinds() []Kind { return []Kind{Fails, Flakes, Skips} }

// Place is where a target's files belong.
type Place struct{ Backend, GPU, Topology string } // as in cell ids

// Everywhere is the place of files for all targets: all-fails.txt, all-flakes.txt, all-skips.txt.
var Everywhere = Place{}

// PlaceOf is that of a target whose server sees the devices, as --list-devices names them.
func PlaceOf(t plan.Target, devices []string) Place {
	return Place{plan.Slug(t.Backend), gpuOf(t, devices), t.Topology.String()}
}

func (p Place) String() string {
	if p == Everywhere {
		return "all"
	}
	return p.Backend + "-" + p.GPU + "-" + p.Topology
}

// File is the name of one of the files of a place.
func (p Place) File(k Kind) string { return p.String() + "-" + string(k) + ".txt" }

var (
	architecture = regexp.MustCompile(`(?i)\bgfx[0-9a-f]{3,5}\b`)
	deviceTail   = regexp.MustCompile(`\s*\(.*$`)
	deviceHead   = regexp.MustCompile(`^[A-Za-z]+[0-9]*:\s*`)
)

// gpuOf names the devices: gfx1151 where one says so, else by the words of its name; cpu without any.
// Of a server that somebody else runs nothing is known.
func gpuOf(t plan.Target, devices []string) string {
	var names []string
	for _, d := range devices {
		name := strings.ToLower(architecture.FindString(d))
		if name == "" {
			name = plan.Slug(deviceTail.ReplaceAllString(deviceHead.ReplaceAllString(d, ""), ""))
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch {
	case len(names) > 0:
		return strings.Join(names, "+")
	case t.URL != "":
		return "unknown"
	}
	return "cpu"
}

// KindOf is what the name of a file says that it lists; false where it is no name of such a file.
func KindOf(name string) (Kind, bool) {
	for _, k := range Kinds() {
		if strings.HasSuffix(path.Base(name), "-"+string(k)+".txt") {
			return k, true
		}
	}
	return "", false
}

// File is a list as it was read. Comments are kept as they stand.
type File struct {
	Name    string // for messages
	Kind    Kind
	Target  string   // the id of the only target that it is about; "" it is about all
	Head    []string // comments at the top, up to an empty line
	Entries []Entry
	Tail    []string // lines after the last entry
}

// Entry is a line of a file with what is said above it.
type Entry struct {
	Line     int      // counted from 1; 0 it was not read
	Above    []string // lines between the entry before it and this one
	Pattern  string
	Outcome  trial.Outcome // the one that is meant; Unknown any
	Bug      string        // id of the fault that is meant; "" any
	Link     string        // "# Bug Report:"
	Build    string        // "# Build:"
	Hits     int           // of "# Failure Rate: 3/20"
	Starts   int           // 0 no rate is given
	Comments []string      // what stands above it without a key, or under Reason
}

// Error is something in a file that cannot be right.
type Error struct {
	File string
	Line int
	What string // one sentence without a full stop, which ends with what to do
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What) }

// text is the line of the entry.
func (e Entry) text() string {
	words := []string{e.Pattern}
	if e.Outcome != trial.Unknown {
		words = append(words, e.Outcome.String())
	}
	if e.Bug != "" {
		words = append(words, e.Bug)
	}
	return strings.Join(words, " ")
}

// literal reports whether the pattern is the id of one cell.
func (e Entry) literal() bool { return !strings.ContainsAny(e.Pattern, "*?") }

// Bytes is the file as it is written.
func (f File) Bytes() []byte {
	var lines []string
	lines = append(lines, f.Head...)
	for _, e := range f.Entries {
		lines = append(append(lines, e.Above...), e.text())
	}
	lines = append(lines, f.Tail...)
	return []byte(strings.Join(lines, "\n") + "\n")
}
