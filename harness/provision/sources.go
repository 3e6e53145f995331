package provision

import (
	"slices"
	"strings"
)

// aptSource is one place that apt takes binary packages from: a stanza of a .sources file, or a deb
// line of a .list file (man sources.list).
type aptSource struct {
	URIs       []string
	Suites     []string
	Components []string
	Archs      []string // restriction to these architectures, empty means none
	SignedBy   string   // key files, fingerprints, or an embedded key block with its line structure; "" is apt's default
	Options    []string // further "Field: value" lines that bear on trust and dates, as they were written
}

// keptOptions are the options that a source of ours must inherit to be as reachable and as trusted
// as the system's, by their name in one-line and in deb822 format.
var keptOptions = map[string]string{
	"trusted":           "Trusted",
	"check-valid-until": "Check-Valid-Until",
	"valid-until-min":   "Valid-Until-Min",
	"valid-until-max":   "Valid-Until-Max",
	"check-date":        "Check-Date",
	"date-max-future":   "Date-Max-Future",
	"allow-insecure":    "Allow-Insecure",
	"allow-weak":        "Allow-Weak",
	"by-hash":           "By-Hash",
	"snapshot":          "Snapshot",
}

// parseOneLine reads a sources.list file. Source packages, disabled lines, media and lines that apt
// itself would reject are left out.
func parseOneLine(text string) []aptSource {
	var sources []aptSource
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "deb")
		if !ok || rest == "" || (rest[0] != ' ' && rest[0] != '\t') {
			continue
		}
		rest = strings.TrimSpace(rest)
		var s aptSource
		if strings.HasPrefix(rest, "[") {
			options, after, closed := strings.Cut(rest[1:], "]")
			if !closed {
				continue
			}
			s.addOptions(strings.Fields(options))
			rest = after
		}
		words := strings.Fields(rest)
		if len(words) < 3 || strings.HasPrefix(words[0], "cdrom:") {
			continue
		}
		s.URIs, s.Suites, s.Components = words[:1], words[1:2], words[2:]
		sources = append(sources, s)
	}
	return sources
}

// addOptions takes over the options between the brackets of a deb line.
func (s *aptSource) addOptions(options []string) {
	for _, option := range options {
		name, value, _ := strings.Cut(option, "=")
		switch name = strings.ToLower(name); name {
		case "arch":
			s.Archs = strings.Split(value, ",")
		case "signed-by":
			s.SignedBy = strings.ReplaceAll(value, ",", " ")
		default:
			if field := keptOptions[name]; field != "" {
				s.Options = append(s.Options, field+": "+value)
			}
		}
	}
}

// parseDeb822 reads a .sources file, with the same omissions as parseOneLine.
func parseDeb822(text string) []aptSource {
	var sources []aptSource
	for _, stanza := range stanzas(text) {
		if !slices.Contains(strings.Fields(stanza["types"]), "deb") || isNo(stanza["enabled"]) {
			continue
		}
		s := aptSource{
			URIs:       slices.DeleteFunc(strings.Fields(stanza["uris"]), func(u string) bool { return strings.HasPrefix(u, "cdrom:") }),
			Suites:     strings.Fields(stanza["suites"]),
			Components: strings.Fields(stanza["components"]),
			Archs:      strings.Fields(strings.ReplaceAll(stanza["architectures"], ",", " ")),
			SignedBy:   stanza["signed-by"],
		}
		for name, field := range keptOptions {
			if value := stanza[name]; field != "" && value != "" {
				s.Options = append(s.Options, field+": "+value)
			}
		}
		slices.Sort(s.Options)
		if len(s.URIs) > 0 && len(s.Suites) > 0 && len(s.Components) > 0 {
			sources = append(sources, s)
		}
	}
	return sources
}

// stanzas splits a deb822 file into its stanzas, by lower-case field name. A value that goes on over
// several lines keeps them.
func stanzas(text string) []map[string]string {
	var all []map[string]string
	current, field := map[string]string{}, ""
	flush := func() {
		if len(current) > 0 {
			all = append(all, current)
		}
		current, field = map[string]string{}, ""
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		switch {
		case strings.HasPrefix(line, "#"):
		case line == "":
			flush()
		case line[0] == ' ' || line[0] == '\t':
			if field != "" {
				current[field] += "\n" + line
			}
		default:
			name, value, _ := strings.Cut(line, ":")
			field = strings.ToLower(strings.TrimSpace(name))
			current[field] = strings.TrimSpace(value)
		}
	}
	flush()
	return all
}

func isNo(value string) bool {
	return slices.Contains([]string{"no", "false", "without", "off", "disable"}, strings.ToLower(value))
}

// deb822 writes sources as a .sources file that asks for package lists only.
func deb822(sources []aptSource) string {
	var b strings.Builder
	for _, s := range sources {
		b.WriteString("Types: deb\n")
		b.WriteString("URIs: " + strings.Join(s.URIs, " ") + "\n")
		b.WriteString("Suites: " + strings.Join(s.Suites, " ") + "\n")
		b.WriteString("Components: " + strings.Join(s.Components, " ") + "\n")
		if s.SignedBy != "" {
			b.WriteString("Signed-By: " + s.SignedBy + "\n")
		}
		for _, option := range s.Options {
			b.WriteString(option + "\n")
		}
		b.WriteString("Targets: Packages\n\n")
	}
	return b.String()
}
