package provision

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestSourcesAreReadFromBothFormats(t *testing.T) {
	oneLine := parseOneLine(sample(t, "sources", "debian-oneline.list"))
	want := []aptSource{
		{URIs: []string{"https://third.example/linux/browser/deb"}, Suites: []string{"stable"}, Components: []string{"main"},
			Archs: []string{"amd64", "arm64"}, SignedBy: "/etc/apt/keyrings/browser.gpg"},
		{URIs: []string{"mirror+https://lists.example/debian.txt"}, Suites: []string{"bookworm"}, Components: []string{"main", "contrib", "non-free-firmware"}},
		{URIs: []string{"http://mirror.example/debian/"}, Suites: []string{"bookworm"}, Components: []string{"main"},
			Options: []string{"Trusted: yes", "Check-Valid-Until: no"}},
		{URIs: []string{"http://security.example/debian-security"}, Suites: []string{"bookworm-security"}, Components: []string{"main"}},
		{URIs: []string{"http://old.example/debian"}, Suites: []string{"bookworm"}, Components: []string{"main"}, Archs: []string{"i386"}},
	}
	if diff := cmp.Diff(want, oneLine); diff != "" {
		t.Error(diff)
	}
	stanzas := parseDeb822(sample(t, "sources", "only-debian12/debian12.sources"))
	if len(stanzas) != 2 || stanzas[0].SignedBy != "/usr/share/keyrings/debian-archive-keyring.gpg" || len(stanzas[0].Suites) != 2 {
		t.Errorf("source packages and disabled stanzas are left out; got %+v", stanzas)
	}
}

func TestPlansAskTheSystemsOwnMirrorsForTheReleaseToCome(t *testing.T) {
	for _, c := range []struct {
		name, release, file string
		skip                bool
		want                []string
	}{
		{"Debian 12, lists unknown", "debian12", "only-debian12/debian12.sources", false,
			[]string{"the configured package sources", "Debian testing from mirror.example", "Debian unstable from mirror.example"}},
		{"Debian 12, lists say no", "debian12", "only-debian12/debian12.sources", true,
			[]string{"Debian testing from mirror.example", "Debian unstable from mirror.example"}},
		{"third parties come last, other processors not at all", "debian12", "debian-oneline.list", true,
			[]string{"Debian testing from lists.example", "Debian testing from mirror.example", "Debian testing from third.example",
				"Debian unstable from lists.example", "Debian unstable from mirror.example", "Debian unstable from third.example"}},
		{"Ubuntu asks for devel", "ubuntu2404", "ubuntu-embedded-key.sources", false,
			[]string{"the configured package sources", "Ubuntu devel from mirror.example"}},
		{"Mint's Ubuntu mirror", "mint22", "ubuntu-embedded-key.sources", true, []string{"Ubuntu devel from mirror.example"}},
		{"Arch has no such archive", "arch", "only-debian12/debian12.sources", true, nil},
	} {
		parse := parseDeb822
		if strings.HasSuffix(c.file, ".list") {
			parse = parseOneLine
		}
		var got []string
		for _, plan := range aptPlans(parse(sample(t, "sources", c.file)), parseOSRelease(sample(t, "os-release", c.release)), "amd64", c.skip) {
			got = append(got, plan.label)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestDerivedSourceKeepsTheKeyBlockAndOptions(t *testing.T) {
	plans := aptPlans(parseDeb822(sample(t, "sources", "ubuntu-embedded-key.sources")), parseOSRelease(sample(t, "os-release", "ubuntu2404")), "amd64", true)
	want := `Types: deb
URIs: https://mirror.example/ubuntu/ https://second.example/ubuntu/
Suites: devel
Components: main universe
Signed-By: 
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBFufwdoBEADv/Gxytx/LcSXYuM0MwKojbBye81s0G1nEx+lz6VAUpIUZnbkq
 dXBHC+dwrGS/CeeLuAjPRLU8AoxE/jjvZVp8xFGEWHYdklqXGZ/gJfP5d3fIUBtZ
 =dGOz
 -----END PGP PUBLIC KEY BLOCK-----
Check-Valid-Until: no
Targets: Packages

`
	if diff := cmp.Diff(want, deb822(plans[0].sources)); diff != "" {
		t.Error(diff)
	}
}

func TestSourcesWrittenAreReadBackTheSame(t *testing.T) {
	word := rapid.StringMatching(`[a-z][a-z0-9./-]{0,12}`)
	words := rapid.SliceOfN(word, 1, 3)
	rapid.Check(t, func(t *rapid.T) {
		var sources []aptSource
		for range rapid.IntRange(1, 3).Draw(t, "stanzas") {
			s := aptSource{URIs: words.Draw(t, "uris"), Suites: words.Draw(t, "suites"), Components: words.Draw(t, "components")}
			if rapid.Bool().Draw(t, "key block") {
				s.SignedBy = "\n -----BEGIN\n .\n " + word.Draw(t, "key") + "\n -----END"
			}
			sources = append(sources, s)
		}
		if diff := cmp.Diff(sources, parseDeb822(deb822(sources)), cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAptConfStaysInsideItsFolder(t *testing.T) {
	conf := aptConf(newAptDirs("/cache/w"), "arm64")
	for _, line := range []string{
		`APT::Architectures { "arm64"; };`,
		`APT::Sandbox::User "root";`,
		`Dir::State::status "/dev/null";`,
		`Dir::State::Lists "/cache/w/lists";`,
		`Dir::Etc::sourceparts "/cache/w/sources";`,
		`#clear APT::Update::Post-Invoke;`,
	} {
		if !strings.Contains(conf, line+"\n") {
			t.Errorf("no line %s in\n%s", line, conf)
		}
	}
	for line := range strings.Lines(conf) {
		if strings.HasPrefix(line, "Dir::") && !strings.Contains(line, `"/cache/w`) && !strings.Contains(line, `"/dev/null"`) {
			t.Errorf("leaves the folder: %s", line)
		}
	}
}
