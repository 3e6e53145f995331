package server

import (
	"slices"
	"strings"
	"testing"
)

func TestReadShares(t *testing.T) {
	for text, want := range map[string][]Share{
		"": nil, "error: no\n": nil, "a b c d\n": nil, "X 1 2 -3": nil, "X 1 2 3 4": nil,
		"RPC0 0 219 1174 \nHost 0 0 1173\n": {{"RPC0", (219 + 1174) << 20}, {"Host", 1173 << 20}},
	} {
		if got := readShares(text); !slices.Equal(got, want) {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestKnown: an option that the program does not have goes with its values, and nothing else does.
func TestKnown(t *testing.T) {
	var c Capabilities
	c.readHelp("-ub,   --ubatch-size N    n\n-ts,   --tensor-split N    n\n-ngl N    n\n")
	for args, want := range map[string]string{
		"": "", "-ub 256": "-ub 256", "--cache-ram 0 --ubatch_size 1": "--ubatch_size 1", "-dio -ngl -1": "-ngl -1", "-ts 1 --no-warmup": "-ts 1",
	} {
		if got := strings.Join(c.known(strings.Fields(args)), " "); got != want {
			t.Errorf("%q: %q", args, got)
		}
	}
}

// TestSpelled: direct I/O is asked for as the binary knows it, whoever's words the user took.
func TestSpelled(t *testing.T) {
	for help, cases := range map[string]map[string]string{
		"-lm,   --load-mode MODE    how\n": {"-ngl 99 -dio -fa on": "-ngl 99 --load-mode dio -fa on", "--direct_io": "--load-mode dio", "-lm mmap": "-lm mmap", "--load-mode dio": "--load-mode dio", "-lm": "-lm"},
		"-dio,  --direct-io    directly\n": {"-ngl 99 -dio -fa on": "-ngl 99 -dio -fa on", "-lm dio -t 1": "-dio -t 1", "--load-mode mmap": "--load-mode mmap", "--load-mode": "--load-mode"},
		"-t,    --threads N    n\n":        {"-dio -t 1": "-dio -t 1", "-lm dio": "-lm dio"},
	} {
		var c Capabilities
		c.readHelp(help)
		for args, want := range cases {
			if got := strings.Join(c.Spelled(strings.Fields(args)), " "); got != want {
				t.Errorf("%q: %q, want %q", args, got, want)
			}
		}
	}
}
