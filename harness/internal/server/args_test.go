package server

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

func helpOf(t testing.TB, build string) Capabilities {
	t.Helper()
	var c Capabilities
	c.readHelp(read(t, "testdata/help-"+build+".txt"))
	return c
}

func TestCommandLines(t *testing.T) {
	bare := Options{Model: "/models/tiny one.gguf", NP: 2, Ctx: 8192, Port: 41234}
	full := bare
	full.Threads, full.NoWarmup, full.DirectIO, full.Host = 1, true, true, "::1"
	full.Extra = []string{"-ngl", "99", "--flash-attn", "on"}
	theirs := bare
	theirs.Extra = []string{"-c", "1000", "-kvu", "-fit", "on", "-cram", "64", "--webui", "-v"}
	var got strings.Builder
	for _, build := range []string{"b8146", "b11669", "unknown"} {
		caps := Capabilities{}
		if build != "unknown" {
			caps = helpOf(t, build)
		}
		for _, c := range []struct {
			name    string
			options Options
		}{{"the least", bare}, {"everything", full}, {"the user's own", theirs}} {
			got.WriteString("# " + build + ", " + c.name + "\n" + strings.Join(caps.Args(c.options), " ") + "\n\n")
		}
	}
	const golden = "testdata/commandlines.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, golden); got.String() != want {
		t.Errorf("command lines differ (run with -update to accept):\n%s\nwant:\n%s", got.String(), want)
	}
}

func TestEveryFlagWeWriteIsOneThatTheBinaryOffers(t *testing.T) {
	for _, build := range []string{"b8146", "b11669"} {
		caps := helpOf(t, build)
		for _, arg := range caps.Args(Options{Model: "m", NP: 1, Ctx: 1, Threads: 1, NoWarmup: true, DirectIO: true}) {
			if strings.HasPrefix(arg, "-") && !caps.Offers(arg) {
				t.Errorf("%s: %s is not in its --help", build, arg)
			}
		}
	}
}

// TestOneSlot: a build that would make four of one is told to share the cache, which one slot does anyway.
func TestOneSlot(t *testing.T) {
	b7283 := Capabilities{}
	b7283.readHelp(`
-np,   --parallel N                     number of parallel sequences to decode (default: 1)
                                        (env: LLAMA_ARG_N_PARALLEL)
--kv-unified, -kvu                      use single unified KV buffer for the KV cache of all sequences
                                        (default: false)`)
	for np, want := range map[int]bool{1: true, 2: false} {
		if args := b7283.Args(Options{Model: "m", NP: np, Ctx: 1}); slices.Contains(args, "-kvu") != want {
			t.Errorf("np %d: %q", np, args)
		}
	}
	if args := helpOf(t, "b8146").Args(Options{Model: "m", NP: 1, Ctx: 1}); slices.Contains(args, "-kvu") {
		t.Errorf("%q", args)
	}
}

func TestTheUsersArgumentReplacesOursInEverySpelling(t *testing.T) {
	for _, c := range []struct{ ours, theirs string }{
		{"--model", "-m"}, {"--model", "--model"}, {"--model", "-hf"}, {"--model", "--hf-repo"}, {"--model", "--hf_repo"},
		{"--ctx-size", "-c"}, {"--ctx-size", "--ctx-size"}, {"--ctx-size", "--ctx_size"},
		{"--parallel", "-np"}, {"--parallel", "--parallel"},
		{"--threads", "-t"}, {"--threads", "--threads"},
		{"--host", "--host"}, {"--port", "--port"},
		{"-no-kvu", "-no-kvu"}, {"-no-kvu", "--no-kv-unified"}, {"-no-kvu", "-kvu"}, {"-no-kvu", "--kv-unified"}, {"-no-kvu", "--no_kv_unified"},
		{"-fit", "-fit"}, {"-fit", "--fit"}, {"--cache-ram", "-cram"}, {"--cache-ram", "--cache_ram"},
		{"-lv", "-lv"}, {"-lv", "--verbosity"}, {"-lv", "--log-verbosity"}, {"-lv", "-v"}, {"-lv", "--verbose"}, {"-lv", "--log_verbose"},
		{"--no-ui", "--ui"}, {"--no-ui", "--no-ui"}, {"--no-ui", "--webui"}, {"--no-ui", "--no-webui"},
		{"--metrics", "--metrics"}, {"--offline", "--offline"}, {"--threads-http", "--threads-http"}, {"--threads-http", "--threads_http"},
		{"--no-warmup", "--warmup"}, {"--no-warmup", "--no-warmup"},
		{"--load-mode", "-lm"}, {"--load-mode", "--load_mode"},
	} {
		caps := helpOf(t, "b11669")
		o := Options{Model: "m", NP: 1, Ctx: 1, Threads: 1, NoWarmup: true, DirectIO: true}
		if !slices.Contains(caps.Args(o), c.ours) {
			t.Fatalf("%s is not on our command line at all", c.ours)
		}
		o.Extra = []string{c.theirs}
		args := caps.Args(o)
		if args = args[:len(args)-1]; slices.Contains(args, c.ours) {
			t.Errorf("%s does not replace our %s", c.theirs, c.ours)
		}
	}
	o := Options{Model: "m", NP: 1, Ctx: 1, DirectIO: true, Extra: []string{"--no-mmap"}}
	if args := helpOf(t, "b8146").Args(o); slices.Contains(args, "-dio") {
		t.Errorf("--no-mmap does not replace our -dio: %v", args)
	}
}

// llama.cpp refuses it, and says so better than a start that silently lost our own flag.
func TestAnEqualsSignMakesAnotherArgument(t *testing.T) {
	args := helpOf(t, "b11669").Args(Options{Model: "m", NP: 1, Ctx: 512, Extra: []string{"-c=100"}})
	if i := slices.Index(args, "--ctx-size"); i < 0 || args[i+1] != "512" || args[len(args)-1] != "-c=100" {
		t.Errorf("got %v", args)
	}
}

func TestTheUsersHostAndPortAreWhereTheServerIsLookedFor(t *testing.T) {
	for _, c := range []struct {
		extra, address, left string
		fails                string
	}{
		{"", "127.0.0.1:7", "", ""},
		{"--port 9000", "127.0.0.1:9000", "", ""},
		{"--host 0.0.0.0 -ngl 1", "127.0.0.1:7", "-ngl 1", ""},
		{"--host :: --port 81", "[::1]:81", "", ""},
		{"--host 10.0.0.7,127.0.0.1", "10.0.0.7:7", "", ""},
		{"--host localhost", "localhost:7", "", ""},
		{"--port", "127.0.0.1:7", "--port", ""}, // the server says what is missing
		{"--port banana", "", "", "--port banana among the server's arguments is not a port"},
		{"--port 70000", "", "", "is not a port"},
		{"--host /run/llama.sock", "", "", "is a socket file"},
	} {
		o := Options{Port: 7, Extra: strings.Fields(c.extra)}
		if err := o.takeAddress(); err != nil || c.fails != "" {
			oneSentence(t, err, c.fails)
			continue
		}
		if left := strings.Join(o.Extra, " "); o.address() != c.address || left != c.left {
			t.Errorf("%q: address %s, left %q; want %s, %q", c.extra, o.address(), left, c.address, c.left)
		}
	}
}

func TestTheKeyThatTheServerAsksFor(t *testing.T) {
	t.Setenv("LLAMA_API_KEY", "inherited")
	for _, c := range []struct {
		env, extra []string
		want       string
	}{
		{nil, nil, "inherited"},
		{[]string{"LLAMA_API_KEY=env"}, nil, "env"},
		{[]string{"LLAMA_API_KEY=env"}, []string{"--api-key", "first, second"}, "first"},
		{nil, []string{"--api_key", "k"}, "k"},
		{[]string{"LLAMA_API_KEY="}, []string{"--api-key"}, ""},
	} {
		if got := apiKey(LaunchSpec{Env: c.env, Options: Options{Extra: c.extra}}); got != c.want {
			t.Errorf("%v %v: got %q, want %q", c.env, c.extra, got, c.want)
		}
	}
}
