package provision

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"
)

// aptPlan is one question to apt: which sources to read.
type aptPlan struct {
	label   string // for people: "Debian testing from mirror.example"
	sources []aptSource
}

// mirror is the one mirror that a plan asks, "" where there are several.
func (p aptPlan) mirror() string {
	if len(p.sources) == 1 {
		return p.sources[0].URIs[0]
	}
	return ""
}

// maxMirrors bounds how many of the system's own mirrors are asked for a newer release.
const maxMirrors = 3

// aptPlans lists what to ask, in order: the configured releases, unless the system's own lists
// already say that they have no such package; then each mirror of the distribution that the system
// uses, for the release under development.
func aptPlans(sources []aptSource, release osRelease, arch string, skipConfigured bool) []aptPlan {
	sources = forArch(sources, arch)
	var plans []aptPlan
	if !skipConfigured && len(sources) > 0 {
		plans = append(plans, aptPlan{label: "the configured package sources", sources: sources})
	}
	distribution, codename := release.archive()
	for _, suite := range developmentSuites(distribution) {
		for _, mirror := range mirrors(sources, distribution, codename) {
			mirror.Suites = []string{suite}
			plans = append(plans, aptPlan{
				label:   distributionTitle(distribution) + " " + suite + " from " + siteOf(mirror.URIs[0]),
				sources: []aptSource{mirror},
			})
		}
	}
	return plans
}

// developmentSuites are the names under which a distribution publishes its release to come.
func developmentSuites(distribution string) []string {
	switch distribution {
	case "debian":
		return []string{"testing", "unstable"}
	case "ubuntu":
		return []string{"devel"}
	}
	return nil
}

func distributionTitle(distribution string) string {
	if distribution == "ubuntu" {
		return "Ubuntu"
	}
	return "Debian"
}

// forArch leaves out the sources that have nothing for this architecture.
func forArch(sources []aptSource, arch string) []aptSource {
	var kept []aptSource
	for _, s := range sources {
		if len(s.Archs) == 0 || slices.Contains(s.Archs, arch) {
			s.Archs = nil
			kept = append(kept, s)
		}
	}
	return kept
}

// mirrors picks the sources that are a mirror of the distribution's main archive, the likeliest
// first: those of the system's own codename before those of a floating name such as stable, and an
// archive named after the distribution before others (third parties also use "stable main"). Updates
// and security archives are not mirrors. Their components become those that llama.cpp may be in.
func mirrors(sources []aptSource, distribution, codename string) []aptSource {
	type ranked struct {
		aptSource
		rank int
	}
	var found []ranked
	seen := map[string]bool{}
	for _, s := range sources {
		rank := suiteRank(s.Suites, codename)
		if rank < 0 || !slices.Contains(s.Components, "main") || seen[s.URIs[0]] {
			continue
		}
		seen[s.URIs[0]] = true
		if !strings.HasPrefix(path.Base(strings.TrimRight(s.URIs[0], "/")), distribution) {
			rank++
		}
		s.Components = []string{"main"}
		if distribution == "ubuntu" {
			s.Components = append(s.Components, "universe")
		}
		found = append(found, ranked{s, rank})
	}
	slices.SortStableFunc(found, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	var picked []aptSource
	for _, f := range found[:min(len(found), maxMirrors)] {
		picked = append(picked, f.aptSource)
	}
	return picked
}

// suiteRank is 0 where one of the suites is the codename, 2 where one is a floating name, else -1.
func suiteRank(suites []string, codename string) int {
	if codename != "" && slices.Contains(suites, codename) {
		return 0
	}
	for _, floating := range []string{"stable", "oldstable", "oldoldstable", "testing", "unstable", "sid", "devel"} {
		if slices.Contains(suites, floating) {
			return 2
		}
	}
	return -1
}

// siteOf is the host of a mirror for people; a mirror list or local archive is named in full.
func siteOf(uri string) string {
	if u, err := url.Parse(uri); err == nil && u.Host != "" {
		return u.Hostname()
	}
	return uri
}
