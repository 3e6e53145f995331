package prompts_test

import (
	"os"
	"testing"
)

// tinyModel is a GGUF file that a real llama-server loads at once.
func tinyModel(t *testing.T) string {
	t.Helper()
	path := os.Getenv("CTXCLIFF_TEST_MODEL")
	if path == "" && os.Getenv("CI") == "true" {
		t.Fatal("CTXCLIFF_TEST_MODEL is not set: CI must count with a real model")
	}
	if path == "" {
		t.Skip("CTXCLIFF_TEST_MODEL is not set: no model to count tokens with")
	}
	return path
}
