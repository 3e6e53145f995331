package reports

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"ctxcliff/harness/trial"
)

func redactedText(known Identity, text string) string {
	return NewRedactor(known).Summary(Summary{Notes: []string{text}}).Notes[0]
}

func TestRedactedTexts(t *testing.T) {
	known := Identity{Hosts: []string{"evo.example.net", "server"}, Users: []string{"gerda", "root"}}
	for in, want := range map[string]string{
		"connect to 192.168.7.12:50052 failed":        "connect to ip-1:50052 failed",
		"10.0.0.5 and 10.0.0.6, 10.0.0.5 again":       "ip-1 and ip-2, ip-1 again",
		"listening on http://203.0.113.9:8080/v1":     "listening on http://ip-1:8080/v1",
		"[fe80::1c2:3ff:fe04:5%usb0]:50052 is down":   "[ip-1]:50052 is down",
		"fd00:abcd::17, 2001:db8:0:0:0:0:0:1":         "ip-1, ip-2",
		"::ffff:10.1.2.3 is 10.1.2.3":                 "ip-1 is ip-1",
		"node-10.0.0.5":                               "node-ip-1",
		"RPC[bee:50052] - 0 MiB free":                 "RPC[host-1:50052] - 0 MiB free",
		"using device RPC0[10.0.0.2:50052]":           "using device RPC0[ip-1:50052]",
		"Failed to connect to bee:50052; Bee is gone": "Failed to connect to host-1:50052; host-1 is gone",
		"gpu:50052":                                        "host-1:50052",
		"ssh -p 22 gerda@bee.lan nice":                     "ssh -p 22 user-1@host-1 nice",
		"--launch=ssh bee nice":                            "--launch=ssh host-1 nice",
		"Nov 24 10:15:00 evo kernel: amdgpu 0000:c5:00.0":  "Nov 24 10:15:00 host-1 kernel: amdgpu 0000:c5:00.0",
		"2026-11-24T10:15:00+0100 bee kernel: x on bee":    "2026-11-24T10:15:00+0100 host-1 kernel: x on host-1",
		"https://nas.corp.test/m.gguf":                     "https://host-1/m.gguf",
		"/home/gerda/models/gerda.gguf":                    "~/models/user-1.gguf",
		"/var/home/otto/x, /Users/otto/y; otto's":          "~/x, ~/y; user-1's",
		"file:///home/otto":                                "file://~",
		"/mnt/disk/home/otto/x":                            "/mnt/disk/home/user-1/x",
		"/root/.cache/m.gguf and /root:":                   "~/.cache/m.gguf and ~:",
		`C:\Users\Otto Meyer\m.gguf`:                       `~\m.gguf`,
		`"c:\\Users\\otto\\m.gguf"`:                        `"~\\m.gguf"`,
		"/run/media/otto/disk/m.gguf":                      "/run/media/user-1/disk/m.gguf",
		"mail otto.meyer+x@firm.example.co.uk now":         "mail mail-1 now",
		"Authorization: Bearer abc.DEF-123":                "Authorization: Bearer key-1",
		"--api-key s3cret --port 1":                        "--api-key key-1 --port 1",
		"hf_AbCdEfGh12345678 sk-proj-abc123def456":         "key-1 key-2",
		"LLAMA_API_KEY=hunter2hunter2 hunter2hunter2":      "LLAMA_API_KEY=key-1 key-1",
		"https://me:pass1@nas.lan/x":                       "https://user-1:key-1@host-1/x",
		"GPU-1b2c3d4e-0000-1111-2222-333344445555 (PCI)":   "GPU-uuid-1 (PCI)",
		"unique_id: 0x1a2b3c4d5e6f":                        "unique_id: serial-1",
		"mac 02:42:ac:11:00:02":                            "mac mac-1",
		"10.0.\x1b[0m0.5":                                  "ip-1",
		"evo and EVO, but not evolve or devo":              "host-1 and host-1, but not evolve or devo",
		"key ***; Bearer ***; --api-key *** stay withheld": "key ***; Bearer ***; --api-key *** stay withheld",
	} {
		if got := redactedText(known, in); got != want {
			t.Errorf("%q\n became %q\n    not %q", in, got, want)
		}
	}
}

// What only looks like an address, a name or a key stays.
func TestRedactionLeavesAlone(t *testing.T) {
	known := Identity{Hosts: []string{"server", "localhost"}, Users: []string{"root", "opt"}}
	for _, text := range []string{
		"127.0.0.1:8080, http://127.0.0.1:40001/health, 0.0.0.0, [::1]:8080, ::, localhost:50052",
		"ROCm 7.2.4, rocm-7.2.4.1, version 1.2.3.4, libfoo.so.1.2.3.4, v10.0.0.5, 7.0.2.70204",
		"0.00.100.000 I srv  llama_server: listening", "12.34.167.190 W slot 0",
		"build: 8102 (39e4b1dc), b11669-Debian, gfx1151, 0x7fdbd2389000, Agent handle: 0x55003a2b1480",
		"ggml-rpc.cpp:782: Remote RPC server crashed", "/src/llama.cpp/ggml/src/ggml.c:1234: GGML_ASSERT(a < b)",
		"std::abort(), ggml::backend::init, fe::add(int), dead::beef, std::vector<int>::at",
		"amdgpu 0000:c5:00.0: [gfxhub] page fault (src_id:0 ring:24 vmid:8 pasid:32770)", "PCI:0000:48:00",
		"10:15:00.123 2026-11-24T10:15:00Z 3h05m 193.25 ± 0.14 128000 MiB n_tokens = 5010",
		"the server is gone; root cause; llama-server opt repeat:contexttoken",
		"tokenizer.ggml.add_bos_token=bool:false hf_tokenizer_config sk-learn risk-assessment-x token: 5",
		"https://github.com/ggml-org/llama.cpp/issues/3896 https://huggingface.co/ggml-org",
		"/usr/bin/llama-server /opt/rocm/lib /models/x.gguf /rootfs/x /home/linuxbrew/.linuxbrew/bin",
		"user@1000.service", "np2_ps100k__mixed__70k", "F-ab2c7eb2bd 20261124-101500-3f2a start-0002.server.log.gz",
		"sha256 3f786850e387550fdab836ed7e6dc881de23001b00112233445566778899aabb", "100% of 5%2Fs", "Xid 31, pid=1234",
		"sim:origin", "signal:SIGABRT code:1", "CUDA0:NVIDIA H200, 143771 MiB",
	} {
		if got := redactedText(known, text); got != text {
			t.Errorf("%q\n became %q", text, got)
		}
	}
}

// The logs of the field hold no addresses of anybody: nothing in them may be taken for one.
func TestRedactionLeavesRealLogsAlone(t *testing.T) {
	file, err := os.Open("../harness/faults/testdata/corpus.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	in := bufio.NewScanner(file)
	for in.Buffer(nil, 1<<20); in.Scan(); {
		var row struct {
			ID    string
			Lines []string
		}
		if err := json.Unmarshal(in.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		got := NewRedactor(Identity{}).Summary(Summary{Notes: row.Lines}).Notes
		for i, line := range row.Lines {
			if got[i] != strings.ReplaceAll(line, "/root/", "~/") {
				t.Errorf("%s: %q\n became %q", row.ID, line, got[i])
			}
		}
	}
}

func TestRedactionLeavesHarmlessReportsAlone(t *testing.T) {
	for _, r := range records[:3] {
		s := Summarize(r.make(t))
		for _, format := range Formats() {
			if render(t, format, s, TextOptions{}) != render(t, format, NewRedactor(Identity{}).Summary(s), TextOptions{}) {
				t.Errorf("%s as %s is another report when it is redacted", r.name, format)
			}
		}
	}
}

func TestTheNilRedactor(t *testing.T) {
	var r *Redactor
	s := Summarize(hostile(t))
	s.Notes = []string{"10.0.0.5"}
	if r.Summary(s).Notes[0] != "10.0.0.5" || len(r.Bugs([]trial.Bug{{}})) != 1 {
		t.Error("it changes something")
	}
}

func TestRedactedCommandLines(t *testing.T) {
	s := Summary{Run: trial.Run{Argv: strings.Fields("screen --server-arg --api-key --server-arg abc --rpc bee:50052 --server-arg=--api-key=longenough1 ssh -p 22 otto")},
		Notes: []string{"longenough1, abc, bee, otto"}}
	s.Run.Target.Topology.Peers = []string{"bee:50052", "gpu:50053", "ssh://hanna@wasp:2222?listen=10.0.0.2&program=/home/hanna/rpc-server"}
	s.Notes = append(s.Notes, "wasp, hanna")
	got := NewRedactor(Identity{}).Summary(s)
	if line := strings.Join(got.Run.Argv, " "); line != "screen --server-arg --api-key --server-arg key-1 --rpc host-1:50052 --server-arg=--api-key=key-2 ssh -p 22 host-2" {
		t.Error(line)
	}
	if got.Notes[0] != "key-2, abc, host-1, host-2" || got.Notes[1] != "host-4, user-1" {
		t.Error(got.Notes)
	}
	if peers := strings.Join(got.Run.Target.Topology.Peers, " "); peers != "host-1:50052 host-3:50053 ssh://user-1@host-4:2222?listen=ip-1&program=~/rpc-server" {
		t.Error(peers)
	}
}
