package faults

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// everyLine changes each line of a log.
func everyLine(change func(n int, line string) string) func([]string) []string {
	return func(log []string) []string {
		out := make([]string, len(log))
		for i, l := range log {
			out[i] = change(i+1, l)
		}
		return out
	}
}

func prefixed(with string) func([]string) []string {
	return everyLine(func(_ int, l string) string { return with + l })
}

// keptAsJSON is a line as a container engine keeps it.
func keptAsJSON(_ int, line string) string {
	text, err := json.Marshal(map[string]string{"log": line + "\n"})
	if err != nil {
		panic(err)
	}
	return strings.TrimSuffix(string(text), "}") + `,"stream":"stderr","time":"2025-03-05T09:00:31.123456789Z"}`
}

// report is llama.cpp's form of an issue, with a log in it.
func report(log []string) []string {
	form := "### Name and Version\n\n```\nversion: 9413 (24d6d7c)\nbuilt with GNU 16.1.1 for Linux x86_64\n```\n\n### GGML backends\n\nHIP\n\n### Problem description & steps to reproduce\n\n" +
		"It dies with a segmentation fault, or CUDA error: out of memory, or `GGML_ASSERT(x) failed`, after some hours; or GPU Hang.\n\n### Relevant log output\n\n<details>\n<summary>Logs</summary>\n\n```console"
	return append(append(strings.Split(form, "\n"), log...), "```", "", "</details>")
}

// pastes are what becomes of a log on its way to us.
var pastes = map[string]func([]string) []string{
	"cited": prefixed("> "), "cited twice": prefixed("> > "), "cited by mail": prefixed(">"),
	"indented": prefixed("    "), "behind tabs": prefixed("\t"), "in fences": func(l []string) []string { return append(append([]string{"```shell"}, l...), "```") },
	"in an issue": report, "in a cited issue": func(l []string) []string { return prefixed("> ")(report(l)) },
	"docker logs -t": prefixed("2025-03-05T09:00:31.123456789Z "), "docker compose": prefixed("llama-cpp-1  | "), "docker compose -t": prefixed("llama-cpp-1  | 2025-03-05T09:00:31.123456789Z "),
	"docker's file": everyLine(keptAsJSON), "containerd's file": prefixed("2025-03-05T09:00:31.123456789Z stderr F "),
	"kubectl logs --prefix": prefixed("[pod/llama-0/llama-server] "), "kubectl logs --prefix --timestamps": prefixed("[pod/llama-0/llama-server] 2025-03-05T09:00:31.123456789Z "),
	"journalctl": prefixed("Sep 11 00:45:02 box llama-server[3110]: "), "journalctl -o short-precise": prefixed("Sep 11 00:45:02.123456 box llama-server[3110]: "),
	"journalctl -o short-iso": prefixed("2026-11-02T10:00:00+0100 box llama-server[42]: "), "journalctl -o short-full": prefixed("Fri 2026-11-27 10:00:00 CET box llama-server[42]: "),
	"journalctl -o short-unix": prefixed("1732845602.123456 box llama-server[42]: "), "journalctl -o short-monotonic": prefixed("[ 1234.567890] box llama-server[42]: "),
	"journalctl -o verbose": prefixed("    MESSAGE="), "syslog": prefixed("<30>1 2026-11-02T10:00:00.123Z box llama-server 42 - - "),
	"ts": prefixed("Nov 29 01:00:00 "), "ts, a time in brackets": prefixed("[2026-11-29 01:00:00] "), "ts, an hour": prefixed("01:00:00.123 "), "an hour in brackets": prefixed("[01:00:00] "),
	"Python's logging": prefixed("2026-11-29 01:00:00,123 - llama - INFO - "), "foreman": prefixed("01:00:00 web.1  | "), "pm2": prefixed("0|llama  | "),
	"Jan": prefixed("[llamacpp-router stdout] [52717] "), "LocalAI": prefixed("10:05AM DBG GRPC(m.gguf-127.0.0.1:51965): stderr "),
	"coloured": prefixed("\x1b[0m\x1b[1;31m"), "colours that lost their escape": prefixed("[0m[1;31m"), "colours as cat -v shows them": prefixed("^[[0m^[[1;31m"),
	"Windows line ends": everyLine(func(_ int, l string) string { return l + "\r" }), "a byte order mark": func(l []string) []string { return strings.Split("\ufeff"+strings.Join(l, "\n"), "\n") },
	"cat -n": everyLine(func(n int, l string) string { return fmt.Sprintf("%6d\t%s", n, l) }), "grep -n": everyLine(func(n int, l string) string { return fmt.Sprintf("%d:%s", n, l) }),
}

// TestAPasteIsTheLog: however a log comes to us, it says what it says.
func TestAPasteIsTheLog(t *testing.T) {
	var logs [][]string
	for _, r := range corpus(t) {
		logs = append(logs, r.Lines)
	}
	for _, v := range variants {
		logs = append(logs, strings.Split(v.log, "\n"))
	}
	ways := slices.Sorted(maps.Keys(pastes))
	rapid.Check(t, func(t *rapid.T) {
		log := rapid.SampledFrom(logs).Draw(t, "log")
		want := Classify(Evidence{Position: -1, Text: log})
		for _, way := range rapid.SliceOfN(rapid.SampledFrom(ways), 6, 6).Draw(t, "ways") {
			paste := pastes[way](log)
			whole := strings.Join(paste, "\n")
			for _, text := range [][]string{paste, {whole}} {
				if got := Classify(Evidence{Position: -1, Text: text}); got.Class != want.Class || got.Signature != want.Signature {
					t.Fatalf("%s: %s, %q, want %s, %q\n%s", way, got.Class, got.Signature, want.Class, want.Signature, whole)
				}
			}
		}
	})
}

// TestAModelMayWriteFences: what is outside of them is then the log.
func TestAModelMayWriteFences(t *testing.T) {
	log := "srv  update_slots: all slots are idle\n0.00.223.795 D srv    operator(): Grammar (): # Title\n```cpp\n/s/x.cpp:1: GGML_ASSERT(y) failed\n```\n0.00.225.382 D res          send: task id = 8 pushed to result queue\n"
	if f := Classify(Evidence{Position: -1, Text: []string{log}}); f.Bad() {
		t.Errorf("%s: %s", f.Class, f.Title)
	}
	if f := Classify(Evidence{Position: -1, Text: []string{log + "/s/z.cpp:1: GGML_ASSERT(z) failed"}}); f.Class != "crash.assert" || !strings.Contains(f.Title, "(z)") {
		t.Errorf("%s: %s", f.Class, f.Title)
	}
}
