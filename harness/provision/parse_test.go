package provision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sample(t *testing.T, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"testdata"}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestVersionLineIsReadInAllItsForms(t *testing.T) {
	for text, want := range map[string][]any{
		"version: 0.7.0 (build 11669, commit Debian)\nbuilt with GNU 16.2.0 for Linux x86_64\n": {"0.7.0", 11669, "Debian", true},
		"version: 8038 (f20469d91)\nbuilt with cc":                                              {"8038", 8038, "f20469d91", true},
		"ggml_cuda_init: found 1 ROCm devices\nversion: 5318 (15a28ec8)\r\nbuilt with":          {"5318", 5318, "15a28ec8", true},
		"version: 0 (unknown)":                            {"0", 0, "unknown", true},
		"version: 0.1.0-dev (build 10438, commit Debian)": {"0.1.0-dev", 10438, "Debian", true},
		"version: b9000":                                  {"b9000", 9000, "", true},
		"version: 1.2 (packaged by someone)":              {"1.2", 0, "", true},
		"ls (GNU coreutils) 9.1":                          {"", 0, "", false},
		"my version: 3 (x)":                               {"", 0, "", false},
		"":                                                {"", 0, "", false},
	} {
		version, build, commit, ok := parseVersion(text)
		if diff := cmp.Diff(want, []any{version, build, commit, ok}); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestOSReleaseNamesTheArchiveTheSystemDrawsOn(t *testing.T) {
	for file, want := range map[string][]string{
		"debian12":       {"debian", "bookworm", "Debian GNU/Linux 12 (bookworm)"},
		"debian-testing": {"debian", "forky", "Debian GNU/Linux forky/sid"},
		"ubuntu2404":     {"ubuntu", "noble", "Ubuntu 24.04.1 LTS"},
		"mint22":         {"ubuntu", "noble", "Linux Mint 22"},
		"fedora43":       {"", "", "Fedora Linux 43"},
		"arch":           {"", "", "Arch Linux"},
	} {
		release := parseOSRelease(sample(t, "os-release", file))
		distribution, codename := release.archive()
		if diff := cmp.Diff(want, []string{distribution, codename, release.PrettyName}); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
	if got := unquote(`"a \"quoted\" word"`); got != `a "quoted" word` {
		t.Errorf("unquote: %q", got)
	}
}

func TestManagerNeedsItsDistributionAndAllItsPrograms(t *testing.T) {
	every := func(string) bool { return true }
	without := func(missing string) func(string) bool { return func(n string) bool { return n != missing } }
	for _, c := range []struct {
		name, file, goos string
		has              func(string) bool
		want             string
	}{
		{"Debian has apt", "debian12", "linux", every, SourceApt},
		{"Mint descends from Ubuntu", "mint22", "linux", every, SourceApt},
		{"Debian without dpkg-deb cannot unpack", "debian12", "linux", without("dpkg-deb"), ""},
		{"Fedora has dnf", "fedora43", "linux", every, SourceDnf},
		{"Fedora without cpio cannot unpack", "fedora43", "linux", without("cpio"), ""},
		{"apt installed on Arch is not Arch's", "arch", "linux", every, ""},
		{"macOS has no private roots", "arch", "darwin", every, ""},
	} {
		if got := manager(parseOSRelease(sample(t, "os-release", c.file)), c.goos, c.has); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestInstallCommandIsForThisSystem(t *testing.T) {
	only := func(names ...string) func(string) bool {
		return func(n string) bool { return strings.Contains(" "+strings.Join(names, " ")+" ", " "+n+" ") }
	}
	for _, c := range []struct {
		file, goos string
		has        func(string) bool
		want       string
	}{
		{"debian12", "linux", only("apt-get"), "cmake"},
		{"debian-testing", "linux", only("apt-get"), "sudo apt install llama.cpp-tools"},
		{"fedora43", "linux", only("dnf"), "sudo dnf install llama-cpp"},
		{"arch", "linux", only("brew"), "brew install llama.cpp"},
		{"arch", "linux", only("nix"), "nix profile install"},
		{"arch", "darwin", only(), "brew install llama.cpp"},
	} {
		got := installCommand(parseOSRelease(sample(t, "os-release", c.file)), c.goos, c.has)
		if !strings.HasPrefix(got, c.want) {
			t.Errorf("%s/%s: got %q, want %q…", c.file, c.goos, got, c.want)
		}
	}
}

func TestResolverOutputBecomesTheClosure(t *testing.T) {
	want := []download{
		{Package{"debconf", "1.5.92"}, 122512},
		{Package{"libllama0", "1:0.7.0+dfsg-2"}, 3259120},
		{Package{"llama.cpp-tools", "1:0.7.0+dfsg-2"}, 1642656},
		{Package{"zlib1g", "1:1.3.dfsg+really1.3.2-3"}, 90912},
	}
	if diff := cmp.Diff(want, parseURIs(sample(t, "print-uris.txt")), cmp.AllowUnexported(download{})); diff != "" {
		t.Error(diff)
	}
	if got := parseURIs("E: Unable to locate package llama.cpp-tools\n"); got != nil {
		t.Errorf("an error has no packages, got %v", got)
	}
}

func TestPackagesAreChosenByNameWhateverTheLibraryNumber(t *testing.T) {
	debian := strings.Fields("llama.cpp-examples llama.cpp llama.cpp-tools-extra llama.cpp-tools llama.cpp-services libllama0 elpa-llama libggml0 libggml0-backend-rpc libggml0-backend-vulkan libggml-dev")
	got := choosePackages(debian)
	if got.server != "llama.cpp-tools" || cmp.Diff([]string{"libggml0-backend-rpc", "llama.cpp-tools-extra"}, got.rpc) != "" {
		t.Errorf("Debian: %+v", got)
	}
	later := choosePackages(strings.Fields("llama.cpp libggml2t64-backend-rpc ggml-rpc-server ggml-doc"))
	if later.server != "llama.cpp" || cmp.Diff([]string{"ggml-rpc-server", "libggml2t64-backend-rpc"}, later.rpc) != "" {
		t.Errorf("a later release: %+v", later)
	}
	if none := choosePackages([]string{"elpa-llama", "libllama0"}); none.server != "" {
		t.Errorf("no server package, got %+v", none)
	}
}

func TestPolicySaysWhetherAVersionCanBeHad(t *testing.T) {
	for text, want := range map[string]bool{
		"": false,
		"llama.cpp-tools:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n":                                       false,
		"llama.cpp-tools:\n  Candidate: (none)\nllama.cpp:\n  Installed: (none)\n  Candidate: 8038+dfsg-1\n  Version table:\n": true,
	} {
		if got := hasCandidate(text); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestBlameFindsTheReasonAndTheNetwork(t *testing.T) {
	for _, c := range []struct {
		text, why string
		network   bool
	}{
		{"Err:1 http://m.example/debian testing InRelease\n  Temporary failure resolving 'm.example'\nW: Failed to fetch http://m.example/debian/dists/testing/InRelease  Temporary failure resolving 'm.example'\nW: Some index files failed", "Temporary failure resolving 'm.example'", true},
		{"  Could not connect to m.example:80 (192.0.2.1), connection timed out", "Could not connect to m.example:80 (192.0.2.1), connection timed out", true},
		{"E: The repository 'http://m.example x Release' does not have a Release file.", "The repository 'http://m.example x Release' does not have a Release file", false},
		{"W: harmless\nE: first\nE: second", "first", false},
		{"Reading package lists...", "", false},
	} {
		why, network := blame(c.text)
		if why != c.why || network != c.network {
			t.Errorf("%q: got %q %v", c.text, why, network)
		}
	}
}

func TestDnfNamesKeepsOnlyLlamas(t *testing.T) {
	if diff := cmp.Diff([]string{"llama-cpp"}, dnfNames("llama-cpp\nsomething-rpc\nllama-cpp\n")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Package{{"glibc", "2.42-5.fc43"}, {"llama-cpp", "b6000-1.fc43"}}, rpmPackages("llama-cpp b6000-1.fc43\nglibc 2.42-5.fc43\n")); diff != "" {
		t.Error(diff)
	}
}

func TestMeminfoIsInBytes(t *testing.T) {
	total, available := parseMeminfo("MemTotal:       24680000 kB\nMemFree: 1 kB\nMemAvailable:   1000 kB\n")
	if total != 24680000<<10 || available != 1000<<10 {
		t.Errorf("got %d, %d", total, available)
	}
}
