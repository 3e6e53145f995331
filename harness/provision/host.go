package provision

import (
	"os"
	"runtime"
)

// thisHost is the machine that we run on.
func thisHost() host {
	return host{goos: runtime.GOOS, osRelease: "/etc/os-release", run: run}
}

// release reads the distribution's name. On systems that have none it is the name of the system.
func (h host) release() osRelease {
	text, err := os.ReadFile(h.osRelease)
	if err != nil {
		return osRelease{ID: h.goos, PrettyName: h.goos}
	}
	return parseOSRelease(string(text))
}

// manager is the package manager to obtain programs with: SourceApt, SourceDnf, or "" where none
// will do. It needs every program of its set.
func manager(release osRelease, goos string, has func(string) bool) string {
	all := func(names ...string) bool {
		for _, name := range names {
			if !has(name) {
				return false
			}
		}
		return true
	}
	switch {
	case goos != "linux":
		return ""
	case release.is("debian", "ubuntu") && all("apt-get", "apt-cache", "apt-config", "dpkg", "dpkg-deb"):
		return SourceApt
	case release.is("fedora") && all("dnf", "rpm", "rpm2cpio", "cpio"):
		return SourceDnf
	}
	return ""
}

func (f *finder) has(name string) bool {
	_, err := f.LookPath(name)
	return err == nil
}

func (f *finder) manager() string { return manager(f.host.release(), f.host.goos, f.has) }
