package server

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		text, version string
		build         int
		commit        string
		known         bool
	}{
		{"version: 0.7.0 (build 11669, commit Debian)\nbuilt with GNU 16.2.0 for Linux x86_64\n", "0.7.0", 11669, "Debian", true},
		{"version: 8146 (f20469d91)\nbuilt with cc\n", "8146", 8146, "f20469d91", true},
		{"version: b8146 (f20469d91)\r\n", "8146", 8146, "f20469d91", true},
		{"version: 0 (unknown)\n", "", 0, "", true},
		{"ggml_cuda_init: found 1 ROCm devices:\n  Device 0: AMD Radeon\nload_backend: loaded CPU backend\nversion: 8146 (f20469d91)\n", "8146", 8146, "f20469d91", true},
		{"my wrapper version: 3 (beta)\nversion: 0.7.0-sim (build 11669, commit sim)\n", "0.7.0-sim", 11669, "sim", true},
		{"Python 3.11.2\n", "", 0, "", false},
		{"", "", 0, "", false},
	} {
		got, known := parseVersion(c.text)
		if got.Version != c.version || got.Build != c.build || got.Commit != c.commit || known != c.known {
			t.Errorf("%q: got %+v, %v", c.text, got, known)
		}
	}
}

func TestFlagsOfRealHelps(t *testing.T) {
	for _, c := range []struct {
		build       string
		offers, not []string
	}{
		{"b11669", []string{"--load-mode", "-lm", "--no-ui", "--no-webui", "--log-jsonl", "-no-kvu", "-fit", "--n-gpu-layers", "-hfr", "--fim-qwen-1.5b-default", "--slots"},
			[]string{"-dio", "--direct-io", "--mlock", "--draft", "--draft-max", "--draft-min", "-----", "--bogus", "-", "", "--fim-qwen-1"}},
		{"b8146", []string{"-dio", "--no-webui", "--ctx-checkpoints", "--swa-checkpoints", "--no-mmap", "-no-kvu", "--cache-ram", "--threads-http", "--offline", "--metrics"},
			[]string{"--load-mode", "--no-ui", "--log-jsonl", "--sse-ping-interval"}},
	} {
		caps := helpOf(t, c.build)
		for _, f := range c.offers {
			if !caps.Offers(f) {
				t.Errorf("%s should offer %s", c.build, f)
			}
		}
		for _, f := range c.not {
			if caps.Offers(f) {
				t.Errorf("%s should not offer %q", c.build, f)
			}
		}
	}
}

func TestDevices(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"none":                       {"Available devices:\n  (none)\n", nil},
		"no list at all":             {"error: unknown\n", nil},
		"one, with memory":           {"Available devices:\n  Vulkan0: AMD Radeon Graphics (RADV GFX1151) (65536 MiB, 60000 MiB free)\n", []string{"Vulkan0: AMD Radeon Graphics (RADV GFX1151)"}},
		"two, after drivers' noise":  {"ggml_cuda_init: found 2 ROCm devices:\n  Device 0: AMD\nAvailable devices:\n  ROCm0: A (1 MiB, 1 MiB free)\n  ROCm1: B (2 MiB, 1 MiB free)\n", []string{"ROCm0: A", "ROCm1: B"}},
		"noise behind the list":      {"Available devices:\r\n  CUDA0: X (1 MiB, 1 MiB free)\r\nbye\n  trap: not a device\n", []string{"CUDA0: X"}},
		"rpc":                        {"Available devices:\n  RPC0: 127.0.0.1:50101 (24105 MiB, 24105 MiB free)\n", []string{"RPC0: 127.0.0.1:50101"}},
		"without memory, with a tab": {"Available devices:\n\tMetal: Apple M4\n", []string{"Metal: Apple M4"}},
	} {
		if diff := cmp.Diff(c.want, parseDevices(c.text)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAFirstLineIsFitForAMessage(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "\n \n hello \r\nworld": "hello", "a\x1b[31mred\x07": "a[31mred", "a\xffb": "a�b",
	} {
		if got := firstLine(text); got != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
			rapid.Map(rapid.StringOfN(rapid.RuneFrom([]rune("aé☃😀")), 100, 300, -1), strings.Clone)).Draw(t, "text")
		got := firstLine(text)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\x1b") || len(got) > 3*maxFirstLine+len("…") {
			t.Fatalf("%q gives %q", text, got)
		}
		if utf8.ValidString(text) && strings.Contains(got, "�") && !strings.Contains(text, "�") {
			t.Fatalf("%q was cut within a character: %q", text, got)
		}
	})
}

func TestTheServersWordThatItListens(t *testing.T) {
	for line, want := range map[string]bool{
		"0.00.101.1 I srv  llama_server: listening on http://127.0.0.1:8080":                  true,
		"main: server is listening on http://127.0.0.1:8080 - starting the main loop":         true,
		`{"level":"info","msg":"srv  llama_server: listening on http://[::1]:8080","time":1}`: true,
		"listening on http://127.0.0.1:80801":                                                 false,
		"listening on http://127.0.0.1:18080":                                                 false,
		"couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8080":                   false,
		"": false,
	} {
		if listensOn(line, 8080) != want {
			t.Errorf("%q: not %v", line, want)
		}
	}
}
