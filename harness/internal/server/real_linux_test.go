package server

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"ctxcliff/harness/provision/provisiontest"
	"ctxcliff/harness/tinymodel"
)

var probeReal = sync.OnceValues(func() (Capabilities, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	return Probe(ctx, []string{realPath}, nil)
})

var realPath string

// realSpec launches the real server with np slots of ctx tokens in all.
func realSpec(t testing.TB, f tinymodel.Family, np, ctx int) LaunchSpec {
	t.Helper()
	realPath = provisiontest.Server(t)
	caps, err := probeReal()
	if err != nil {
		t.Fatal(err)
	}
	return LaunchSpec{
		Command: []string{realPath}, Capabilities: caps, ReadyTimeout: patient, Env: []string{"GGML_NO_BACKTRACE=1"},
		Options: Options{Model: model(t, f), NP: np, Ctx: ctx, Threads: 1},
	}
}

// script writes an executable shell script.
func script(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "llama-server")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
