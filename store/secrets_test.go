package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ctxcliff/harness/plan"
)

func TestKeysAreWithheld(t *testing.T) {
	for in, want := range map[string]string{
		"--api-key|S3cret|-np|2":                                "--api-key|***|-np|2",
		"--api-key=S3cret|-np|2":                                "--api-key=***|-np|2",
		"--hf-token|S3cret":                                     "--hf-token|***",
		"-hft|S3cret":                                           "-hft|***",
		"--server-arg|--api-key|--server-arg|S3cret|-o":         "--server-arg|--api-key|--server-arg|***|-o",
		"--server-arg=--api-key|--server-arg=S3cret":            "--server-arg=--api-key|--server-arg=***",
		"--server-arg=--api-key=S3cret":                         "--server-arg=--api-key=***",
		"--launch|env LLAMA_API_KEY=S3cret nice":                "--launch|env LLAMA_API_KEY=*** nice",
		"--url|http://me:S3cret@host:8080/v1":                   "--url|http://me:***@host:8080/v1",
		"--api-key-file|keys.txt|--tokens|32k":                  "--api-key-file|keys.txt|--tokens|32k",
		"--override-kv|tokenizer.ggml.add_bos_token=bool:false": "--override-kv|tokenizer.ggml.add_bos_token=bool:false",
		"--api-key": "--api-key",
	} {
		if got := strings.Join(withoutKeys(strings.Split(in, "|")), "|"); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", in, got, want)
		}
	}
}

// TestNoKeyReachesTheFile looks for the secret in the bytes of the database and its log.
func TestNoKeyReachesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s := reopen(t, path)
	r, _ := sampleRun("a")
	r.Argv = []string{"screen", "--server-arg", "--api-key", "--server-arg", "S3cret"}
	r.Target.Args = []string{"--api-key", "S3cret"}
	r.Target.Env = []string{"LLAMA_API_KEY=S3cret", "hf_token=S3cret with spaces", "HIP_VISIBLE_DEVICES=0"}
	r.Target.URL = "https://me:S3cret@host/"
	c := plan.Configuration{Target: r.Target, NP: 1, Ctx: 4096}
	rec, err := s.Begin(t.Context(), r, plan.Plan{Configurations: []plan.Work{{Configuration: c}}})
	must(t, err)
	start := sampleStart(plan.Plan{Configurations: []plan.Work{{Configuration: c}}}, 1)
	start.Argv = []string{"llama-server", "--api-key=S3cret"}
	start.ID, err = rec.BeginStart(t.Context(), start)
	must(t, err)
	must(t, rec.StartReady(t.Context(), start))
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		must(t, err)
		if strings.Contains(string(b), "S3cret") {
			t.Errorf("the key is in the file%s", suffix)
		}
	}
	got, err := s.Record(t.Context(), "")
	must(t, err)
	if d := diff([]string{"LLAMA_API_KEY=***", "hf_token=***", "HIP_VISIBLE_DEVICES=0"}, got.Run.Target.Env); d != "" {
		t.Error(d)
	}
}
