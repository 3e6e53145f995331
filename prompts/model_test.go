package prompts_test

import (
	"path/filepath"
	"testing"

	"ctxcliff/harness/tinymodel"
)

// tinyModel is a GGUF file that a real llama-server loads at once.
func tinyModel(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	if err := tinymodel.WriteFile(path, tinymodel.Options{Family: tinymodel.Gemma3, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	return path
}
