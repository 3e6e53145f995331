package simserver

import (
	"maps"
	"slices"
)

// named is a profile with a name and one line about it.
type named struct {
	doc   string
	rules string
}

// rocmRate is what the 397B model took: t(n) = 3.185e-3 n + 3.178e-8 n^2 seconds.
const rocmRate = "rate(3.185e-3, 3.178e-8, 0.05)"

// profiles are the profiles that ship with the program.
var profiles = map[string]named{
	"":     {"", ""},
	"good": {"does everything right", ""},
	"origin": {"the field results of February 2026: repeated words other than opt die of a GPU fault at once, mixed prompts of 70k and more drop the server, everything else holds",
		rocmRate + "; gpufault when shape=repeat and tokens>=2000; segfault when shape=mixed and tokens>=69k and tokens<80k and position>=60k; gpufault when shape=mixed and tokens>=80k and position>=60k"},
	"loadhang":  {"never gets ready, as big models over rpc did without direct I/O", "loadhang"},
	"slow":      {"takes two seconds to load and 20 ms for each batch", "slowload(2s); delay(20ms)"},
	"edge":      {"a hidden threshold: asserts as soon as position 12,345 is computed", "abort when position>=12345"},
	"flaky":     {"three starts in ten are bad and assert at 1,000 tokens", "abort when chance=0.3 and tokens>=1000"},
	"silent":    {"stops in the middle of prompts of 4,000 tokens and more, while /health stays fine", "hang when position>=4000"},
	"corrupt":   {"answers prompts of 8,000 tokens and more with one letter, without probabilities", "garbage when tokens>=8000; nan when tokens>=8000"},
	"crosstalk": {"answers slot 1 with what slot 0 was told, when both are busy", "leak when slot=1 and busy>=2"},
	"old":       {"a build of February 2026: -dio instead of --load-mode, no pings", "build(8146)"},
}

// Profiles are the names of the shipped profiles, sorted.
func Profiles() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(profiles)), func(name string) bool { return name == "" })
}

// ProfileDoc is one line about a shipped profile; empty for an unknown name.
func ProfileDoc(name string) string { return profiles[name].doc }
