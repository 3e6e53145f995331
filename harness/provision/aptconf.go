package provision

import (
	"path/filepath"
	"strings"
)

// aptDirs are the folders that apt uses instead of the system's.
type aptDirs struct {
	work  string // holds all of the following
	conf  string // apt.conf, read after the system's own configuration
	parts string // .sources files
	lists string // package lists
	cache string
	debs  string // downloaded packages
}

func newAptDirs(work string) aptDirs {
	return aptDirs{
		work:  work,
		conf:  filepath.Join(work, "apt.conf"),
		parts: filepath.Join(work, "sources"),
		lists: filepath.Join(work, "lists"),
		cache: filepath.Join(work, "cache"),
		debs:  filepath.Join(work, "debs"),
	}
}

// needed are the folders that must exist before apt runs.
func (d aptDirs) needed() []string {
	return []string{
		d.parts, filepath.Join(d.lists, "partial"), filepath.Join(d.cache, "archives", "partial"),
		d.debs, filepath.Join(d.work, "state"), filepath.Join(d.work, "none"),
	}
}

// aptConf is the configuration that keeps apt inside dirs. It comes on top of the system's, so
// proxies, certificates and credentials stay as the administrator set them; pins, default releases
// and hooks, which are about the installed system, do not apply. The status file is empty: nothing
// counts as installed, so the resolver names every dependency down to the C library. As root, apt
// must not change to its sandbox user, who may not write into a user's cache.
func aptConf(dirs aptDirs, arch string) string {
	none := filepath.Join(dirs.work, "none")
	var b strings.Builder
	for _, list := range []string{
		"APT::Update::Pre-Invoke", "APT::Update::Post-Invoke", "APT::Update::Post-Invoke-Success",
		"DPkg::Pre-Invoke", "DPkg::Post-Invoke", "DPkg::Pre-Install-Pkgs",
		"APT::Architectures", "APT::Default-Release",
	} {
		b.WriteString("#clear " + list + ";\n")
	}
	set := func(key, value string) {
		b.WriteString(key + " " + aptQuote(value) + ";\n")
	}
	set("APT::Architecture", arch)
	b.WriteString("APT::Architectures { " + aptQuote(arch) + "; };\n")
	set("APT::Sandbox::User", "root")
	set("APT::Install-Recommends", "false")
	set("APT::Install-Suggests", "false")
	set("Acquire::Languages", "none")
	set("Acquire::PDiffs", "false")
	set("Acquire::Retries", "2")
	set("Acquire::http::Timeout", "20")
	set("Acquire::https::Timeout", "20")
	set("Dir::Etc::sourcelist", "/dev/null")
	set("Dir::Etc::sourceparts", dirs.parts)
	set("Dir::Etc::preferences", "/dev/null")
	set("Dir::Etc::preferencesparts", none)
	set("Dir::State", filepath.Join(dirs.work, "state"))
	set("Dir::State::Lists", dirs.lists)
	set("Dir::State::status", "/dev/null")
	set("Dir::Cache", dirs.cache)
	set("Dir::Cache::archives", filepath.Join(dirs.cache, "archives"))
	return b.String()
}

// aptQuote quotes a value for apt.conf, which has no escape for a quote: paths with one are refused earlier.
func aptQuote(value string) string { return `"` + value + `"` }
