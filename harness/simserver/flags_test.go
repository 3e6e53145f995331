package simserver

import (
	"strings"
	"testing"
)

func TestFlagsAreUnderstood(t *testing.T) {
	c, err := parseArgs(strings.Fields("-m M.gguf -c 131072 -np 4 --no-kv-unified --host 127.0.0.2 --port 0 -fit off --cache-ram 0 "+
		"--ctx-checkpoints 0 --no-warmup --metrics --threads-http 12 -lv 4 --offline --no-ui -ngl 99 -fa on -ts 1/1 -lm dio "+
		"--rpc 127.0.0.1:50052 -b 512 -ub 128 -ctk q8_0 -t 1 -a x,y --api-key k --no-cache-prompt --no-slots -n 7 --override-kv llama.context_length=int:99"), simBuild)
	if err != nil {
		t.Fatal(err)
	}
	o := c.options
	if c.model != "M.gguf" || c.host != "127.0.0.2" || c.port != 0 || o.Ctx != 131072 || o.NP != 4 || o.Unified == nil || *o.Unified ||
		!o.Metrics || o.Batch != 512 || o.Alias != "y" || o.APIKeys[0] != "k" || !o.NoCachePrompt || !o.NoSlots || o.NPredict != 7 || o.TrainedOverride != 99 {
		t.Errorf("%+v %+v", c, o)
	}
}

func TestEveryFlagOfTheListIsAccepted(t *testing.T) {
	for _, build := range []int{8146, simBuild} {
		specs := knownFlags(build)
		if len(specs) < 240 {
			t.Fatalf("build %d has only %d flags", build, len(specs))
		}
		for _, spec := range specs {
			for _, name := range spec.names {
				args := []string{name}
				for range spec.values {
					args = append(args, "1")
				}
				_, err := parseArgs(args, build)
				if err != nil && strings.Contains(err.Error(), "invalid argument") {
					t.Errorf("build %d: %v: %v", build, args, err)
				}
			}
		}
	}
}

func TestNumbersAreReadAsLlamaServerReadsThem(t *testing.T) {
	for text, want := range map[string]int{"22x": 22, " 7": 7, "-1": -1, "+3": 3, "0": 0} {
		if n, err := stoi(text); err != nil || n != want {
			t.Errorf("%q: %d %v, want %d", text, n, err, want)
		}
	}
	for _, text := range []string{"", "x", "-", "99999999999"} {
		if _, err := stoi(text); err == nil {
			t.Errorf("%q is a number", text)
		}
	}
}
