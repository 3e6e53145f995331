package server

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// patient is how long a test waits for what takes milliseconds.
const patient = 60 * time.Second

// within is a context that ends the test's waiting, not its subject's.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	t.Cleanup(cancel)
	return ctx
}

func read(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// oneSentence checks what a user will read.
func oneSentence(t testing.TB, err error, want string) {
	t.Helper()
	switch {
	case err == nil:
		t.Fatalf("no error, want %q", want)
	case strings.ContainsAny(err.Error(), "\n\x1b"):
		t.Errorf("the error is no single sentence: %q", err)
	case !strings.Contains(err.Error(), want):
		t.Errorf("error %q does not say %q", err, want)
	}
}

// ids are n ordinary token ids.
func ids(n int) []int32 {
	prompt := make([]int32, n)
	for i := range prompt {
		prompt[i] = int32('a' + i%26)
	}
	return prompt
}
