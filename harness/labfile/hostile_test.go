package labfile

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"
)

// check holds whatever Read says of bytes against what it may say.
func check(t interface{ Fatalf(string, ...any) }, text []byte) {
	began := time.Now()
	f, err := Read("x.yaml", text, environment)
	var e *Error
	switch {
	case time.Since(began) > 20*time.Second:
		t.Fatalf("%d bytes took %s: %.200q", len(text), time.Since(began), text)
	case err == nil && f == nil:
		t.Fatalf("neither a file nor an error: %.200q", text)
	case err != nil && !errors.As(err, &e):
		t.Fatalf("an error of no kind: %v", err)
	case err != nil && (len(err.Error()) > 2000 || strings.IndexFunc(err.Error(), unicode.IsControl) >= 0):
		t.Fatalf("%.300q", err)
	}
}

// TestBombs: files that are small and stand for much are refused, or read, in no time and in little memory.
func TestBombs(t *testing.T) {
	laughs := "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 30; i++ {
		laughs += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), ", "))
	}
	env := "env: &e {A: b}\nbackends:\n" + strings.Repeat("  - {name: x, server: y, env: *e}\n", 2000)
	for name, text := range map[string]string{
		"a billion laughs":             laughs,
		"a billion laughs, in shape":   strings.ReplaceAll(laughs, "a29:", "shape:"),
		"one value two thousand times": env,
		"an alias for itself":          "shape: &a [*a]\n",
		"aliases in a ring":            "a: &a *b\nb: &b *a\nshape: *a\n",
		"200,000 brackets":             strings.Repeat("[", 200_000),
		"200,000 braces":               "np: " + strings.Repeat("{a: ", 50_000),
		"100,000 levels by indent":     deep(600),
		"100,000 question marks":       strings.Repeat("? ", 100_000),
		"100,000 anchors":              strings.Repeat("&a ", 80_000),
		"a huge key":                   strings.Repeat("k", 250_000) + ": 1",
		"a huge text":                  "shape: \"" + strings.Repeat("x", 250_000) + "\"",
		"many variables":               "db: " + strings.Repeat("${ROOT}", 30_000),
		"NUL":                          "np\x00: 1",
		"UTF-16":                       "\xff\xfen\x00p\x00:\x00 \x001\x00",
		"tabs":                         "np:\t1\n\tctx: 2\n",
		"a gzip":                       "\x1f\x8b\x08\x00\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			check(t, []byte(text))
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<30 {
				t.Errorf("%d MiB were allocated", grown>>20)
			}
		})
	}
}

func deep(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "np: [1, 2]", "models: [a]\nbackends: [{name: x, server: y, env: {A: 1}}]", "cases: [{np: 1}]", "a: &a *a", "db: ${ROOT}/x", "- 1", "exclude: [{cells: \"*\", reason: x}]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) { check(t, text) })
}
