package provision

import (
	"cmp"
	"slices"
	"strings"
)

// osRelease is what /etc/os-release says (man os-release). Every field may be empty.
type osRelease struct {
	ID         string   // "debian"
	IDLike     []string // "ubuntu debian": what it descends from, closest first
	PrettyName string   // "Debian GNU/Linux 12 (bookworm)"
	Codename   string   // "bookworm": the release of the distribution itself
	Ubuntu     string   // release of Ubuntu below it, for Ubuntu and its descendants
	Debian     string   // release of Debian below it, for descendants that say so
}

// parseOSRelease reads KEY=value lines; values may be quoted as in a shell. Unknown lines are skipped.
func parseOSRelease(text string) osRelease {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || strings.HasPrefix(key, "#") {
			continue
		}
		fields[key] = unquote(value)
	}
	return osRelease{
		ID:         fields["ID"],
		IDLike:     strings.Fields(fields["ID_LIKE"]),
		PrettyName: cmp.Or(fields["PRETTY_NAME"], fields["NAME"], fields["ID"]),
		Codename:   fields["VERSION_CODENAME"],
		Ubuntu:     fields["UBUNTU_CODENAME"],
		Debian:     fields["DEBIAN_CODENAME"],
	}
}

// unquote removes one pair of shell quotes and, inside double quotes, the backslashes.
func unquote(value string) string {
	if len(value) < 2 || value[0] != value[len(value)-1] || (value[0] != '"' && value[0] != '\'') {
		return value
	}
	quote, value := value[0], value[1:len(value)-1]
	if quote == '\'' {
		return value
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '\\' && i+1 < len(value) {
			i++
		}
		b.WriteByte(value[i])
	}
	return b.String()
}

// is reports whether the distribution is one of the given, or descends from one.
func (r osRelease) is(ids ...string) bool {
	return slices.ContainsFunc(ids, func(id string) bool {
		return r.ID == id || slices.Contains(r.IDLike, id)
	})
}

// archive is the distribution whose archive the system draws on, "debian", "ubuntu" or "", and the
// codename of the release it uses of it, which may be "" on rolling systems.
func (r osRelease) archive() (distribution, codename string) {
	switch {
	case r.Ubuntu != "" || r.ID == "ubuntu":
		return "ubuntu", cmp.Or(r.Ubuntu, r.Codename)
	case r.Debian != "" || r.ID == "debian":
		return "debian", cmp.Or(r.Debian, r.Codename)
	case r.is("ubuntu"):
		return "ubuntu", r.Codename
	case r.is("debian"):
		return "debian", r.Codename
	}
	return "", ""
}
