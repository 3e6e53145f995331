package labfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ctxcliff/harness/plan"
	"ctxcliff/harness/spelling"
)

func environment(name string) (string, bool) {
	value, set := map[string]string{"ROOT": "/opt/llama", "EMPTY": "", "ODD": "a b ${ROOT} $$"}[name]
	return value, set
}

func TestRead(t *testing.T) {
	f, err := Read("labs/evo.yaml", []byte(`
# two hosts
np: [1, 2]
ctx: 128000,200k
shape: [opt, "mixed:natural=3,repeat=1"]
seed: 18446744073709551615
no-warmup: true
budget: 8h30m
db: runs.db
env: {HIP_VISIBLE_DEVICES: 0, GGML_X: "${ODD}"}
server-arg: -ngl 99 -fa on
models:
  - /m/Qwen3.5-397B-UD-Q4_K_XL-00001-of-00005.gguf
  - {name: m2.5, path: "${ROOT}/m.gguf"}
backends:
  - name: rocm-7.2.4
    server: ${ROOT}/llama-server
    launch: podman exec 'my lab'
    env: &shared
      ROCBLAS_USE_HIPBLASLT: 1
    args: [-ub, 2048]
  - {name: vulkan-radv, server: llama-server, env: *shared, power: performance}
topologies:
  - single
  - name: rpc-even
    rpc: [local, "192.168.1.2:50052"]
    args: -ts 1/1 -dio
cases:
  - {np: 4, ps: 32Ki, shape: [opt, mixed]}
  - tokens: 5k,6k
exclude:
  - "*__vulkan*"
  - cells: "*__mixed__*"
    reason: known to fail, $5 each
`), environment)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for name, list := range f.Settings {
		var words []string
		for _, v := range list {
			words = append(words, v.Text)
		}
		texts[name] = strings.Join(words, "|")
	}
	want := map[string]string{
		"np": "1|2", "ctx": "128000,200k", "shape": "opt|mixed:natural=3,repeat=1", "seed": "18446744073709551615", "no-warmup": "true",
		"budget": "8h30m", "db": "labs/runs.db", "env": "HIP_VISIBLE_DEVICES=0|GGML_X=a b ${ROOT} $$", "server-arg": "-ngl|99|-fa|on",
	}
	if d := cmp.Diff(want, texts); d != "" {
		t.Error(d)
	}
	lab := File{
		Models: []Model{{Path: "/m/Qwen3.5-397B-UD-Q4_K_XL-00001-of-00005.gguf"}, {Name: "m2.5", Path: "/opt/llama/m.gguf"}},
		Backends: []Backend{
			{Name: "rocm-7.2.4", Server: "/opt/llama/llama-server", Launch: []string{"podman", "exec", "my lab"}, Env: []string{"ROCBLAS_USE_HIPBLASLT=1"}, Args: []string{"-ub", "2048"}},
			{Name: "vulkan-radv", Server: "llama-server", Env: []string{"ROCBLAS_USE_HIPBLASLT=1"}, Power: "performance"},
		},
		Topologies: []Topology{{}, {Name: "rpc-even", Peers: []string{"local", "192.168.1.2:50052"}, Args: []string{"-ts", "1/1", "-dio"}}},
		Cases: []Case{
			{map[string][]Text{"np": {{"4", Position{29, 10}}}, "ps": {{"32Ki", Position{29, 17}}}, "shape": {{"opt", Position{29, 31}}, {"mixed", Position{29, 36}}}}, Position{29, 6}},
			{map[string][]Text{"tokens": {{"5k,6k", Position{30, 13}}}}, Position{30, 5}},
		},
		Exclude: []Exclusion{
			{plan.Exclusion{Pattern: "*__vulkan*"}, Position{32, 5}},
			{plan.Exclusion{Pattern: "*__mixed__*", Reason: "known to fail, $5 each"}, Position{33, 5}},
		},
	}
	f.Name, f.Settings = "", nil
	if d := cmp.Diff(lab, *f); d != "" {
		t.Error(d)
	}
}

// TestWrongFiles: one sentence each, with line and column.
func TestWrongFiles(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "1:1: the file is empty",
		"# nothing\n":                          "1:1: the file is empty",
		"np: [1, 2":                            "1:5: this is not YAML",
		"np: 1\n\tctx: 2":                      "this is not YAML",
		"- np":                                 "1:1: a lab file must be a mapping",
		"hello":                                "1:1: a lab file must be a mapping",
		"np: 1\nshapee: opt":                   `2:1: a lab file has no key "shapee"; did you mean "shape"?`,
		"cases: [{np: 1, ctx: 5k, ps: 1k}]":    `1:26: ctx and ps say the same; keep one of them`,
		"cases: [{fill: 5%, tokens: 1k}]":      `1:10: tokens and fill say the same; keep one of them`,
		"cases: [{starts: 2}]":                 `1:10: an entry of cases has no key "starts"; write one of shape, np, ctx, ps, tokens, fill`,
		"cases: [opt]":                         `1:9: an entry of cases must be a mapping`,
		"cases: [{np: 0}]":                     `1:14: np: 0 is too small`,
		"np: 1\nbananas: opt":                  `2:1: a lab file has no key "bananas"; write one of`,
		"np: 1\nnp: 2":                         "2:1: np stands twice; keep one",
		"np: [1, 0]":                           "1:9: np: 0 is too small; write 1 or more",
		"np: [1, [2]]":                         "1:9: one value is wanted here",
		"np: []":                               "1:1: the list np is empty",
		"np:":                                  "there is no value",
		"np: 257":                              "1:5: np: 257 is too large",
		"np: {a: 1}":                           "1:1: np takes no mapping",
		"reply: [1]":                           "1:1: reply takes no list",
		"ctx: 3\nnp: 4":                        "1:6: ctx: 3 tokens cannot be split over 4 slots",
		"ctx: 32k\nps: 16k":                    "2:1: ctx and ps say the same",
		"tokens: banana":                       `1:9: tokens: "banana" is not a size`,
		"fill: 150%":                           `1:7: fill: "150%" is not a fill`,
		"shape: naturel":                       "1:8: shape:",
		"seed: -1":                             `1:7: seed: "-1" is not a seed`,
		"starts: 1.5":                          `1:9: starts: "1.5" is not a whole number`,
		"resolve: yes":                         `1:10: resolve: "yes" is neither true nor false`,
		"budget: 8":                            `1:9: budget: "8" is not a span of time`,
		"isolation: cel":                       `1:12: isolation: "cel" is not known; did you mean "cell"?`,
		"level: sure":                          `1:8: level: "sure" is not known; write quick`,
		"db: ${NOWHERE}/x":                     "1:5: db: the variable NOWHERE is not set",
		"db: ${1}":                             "1:5: db: ${1 is not the name of a variable",
		"db: ${ROOT":                           "1:5: db: ${ROOT is not the name of a variable",
		"name: ${ROOT}":                        "1:7: name: variables are replaced only in",
		"env: A=1":                             "1:1: env wants a mapping",
		"env: {A=B: 1}":                        `1:7: "A=B" is not the name of a variable`,
		"env: {A: [1]}":                        "1:10: one value is wanted here",
		"server-arg: \"-x 'y\"":                "1:13: a quote is not closed",
		"models: x":                            "1:1: models must be a list",
		"models: []":                           "1:1: models must be a list",
		"models: [{name: x}]":                  "1:11: an entry of models needs path",
		"models: [{path: x, nam: y}]":          `1:20: an entry of models has no key "nam"; did you mean "name"?`,
		"models: [a/x.gguf, b/x.gguf]":         "1:20: another entry of models has the same name",
		"backends: [rocm]":                     "1:12: an entry of backends must be a mapping",
		"backends: [{server: x}]":              "1:13: an entry of backends needs name",
		"topologies: [rpc2]":                   `1:14: rpc: "rpc2" is not a peer`,
		"topologies: [{rpc: [single, local]}]": "single stands beside peers",
		"topologies: [{rpc: ['h:1', 'h:1']}]":  "one client at a time",
		"topologies: [local, {rpc: local}]":    "another entry of topologies has the same name",
		"backends: [{name: a}]\nserver: x":     "2:1: server and backends say the same",
		"model: x\nmodels: [{path: x}]":        "2:1: model and models say the same",
		"np: 1\n---\nnp: 2":                    "a second document begins here",
		"env: *none":                           "1:6:",
		"a: &a 1\nnp: *a":                      `1:1: a lab file has no key "a"`,
		"x: {<<: {a: 1}}":                      "1:1:",
		"backends: [{<<: {a: 1}}]":             "merge keys are not read here",
		"np: !!str 1":                          "1:5: tags are not read here",
		"exclude: [{cell: x}]":                 `did you mean "cells"`,
		"port: 70000":                          "1:7: port: 70000 is too large",
		"server: \"a\\0b\"":                    "a NUL cannot be passed on",
	} {
		_, err := Read("lab.yaml", []byte(text), environment)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: got %v", text, err)
			continue
		}
		if got := err.Error(); !strings.HasPrefix(got, "lab.yaml:") || !strings.Contains(got, want) || strings.Contains(got, "\n") || e.At.Line < 1 || e.At.Column < 1 {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestAnyText: whatever the bytes, a file or one sentence that says where.
func TestAnyText(t *testing.T) {
	words := append(topLevel(), "path", "name", "rpc", ": ", "\n", "\n  - ", "[", "]", "{", "}", ", ", "\"", "'", "|", "&a ", "*a", "<<", "!x ", "single", "local", "1", "32k", "${ROOT}", "\t", "\x00", "\xff", "#", "---\n", "? ", "...", "%")
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 30).Draw(t, "words"), "")
		_, err := Read("x", []byte(text), environment)
		var e *Error
		if err != nil && (!errors.As(err, &e) || strings.Contains(err.Error(), "\n")) {
			t.Fatalf("%q: %q", text, err)
		}
	})
}

// TestSchema: it has exactly the keys that the decoder reads.
func TestSchema(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	properties := doc["properties"].(map[string]any)
	for name, p := range properties {
		if p.(map[string]any)["description"] == "" {
			t.Errorf("%s is not described", name)
		}
		if _, err := Read("x", fmt.Appendf(nil, "%s: {}", name), environment); err != nil && strings.Contains(err.Error(), "has no key") {
			t.Errorf("the schema has %s and the decoder has not", name)
		}
	}
	for _, name := range topLevel() {
		if properties[name] == nil {
			t.Errorf("the decoder has %s and the schema has not", name)
		}
	}
}

func TestNear(t *testing.T) {
	for text, want := range map[string]string{"shapee": "shape", "sahpe": "shape", "backend": "backend", "backens": "backend", "xyz": "", "tokns": "tokens"} {
		if got := spelling.Near(text, topLevel()); got != want {
			t.Errorf("%s is near %q, want %q", text, got, want)
		}
	}
}

// TestFlagsWinOverCases: what a flag says holds in all cases, and so does what it replaces.
func TestFlagsWinOverCases(t *testing.T) {
	f, err := Read("x", []byte("ps: 1k\ncases: [{np: 1, ctx: 5k}, {shape: opt, fill: 10%}]"), environment)
	if err != nil {
		t.Fatal(err)
	}
	f.Yield(func(flag string) bool { return flag == "ps" || flag == "tokens" })
	if len(f.Settings) != 0 || len(f.Cases[0].Settings) != 1 || len(f.Cases[0].Settings["np"]) != 1 || len(f.Cases[1].Settings) != 1 {
		t.Errorf("%+v", f)
	}
}
