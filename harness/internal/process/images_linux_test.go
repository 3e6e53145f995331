package process

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

func TestImageOf(t *testing.T) {
	for line, want := range map[string]string{
		"7f0d57372000-7f0d573da000 r-xp 00015000 fe:00 42   /usr/lib/libllama.so.0\n":   "libllama.so.0[7f0d57372000+68000]",
		"00401000-00ad7000 r-xp 00001000 fe:00 42      /tmp/my builds/llama-server\n":   "llama-server[401000+6d6000]",
		"00401000-00ad7000 r-xp 00001000 fe:00 42      /tmp/b/llama-server (deleted)\n": "llama-server[401000+6d6000]",
		"7f0d57372000-7f0d573da000 r--p 00015000 fe:00 42   /usr/lib/libllama.so.0\n":   "",
		"7ffd2b5c8000-7ffd2b5ca000 r-xp 00000000 00:00 0                   [vdso]\n":    "",
		"7f0000000000-7f0000001000 rwxp 00000000 00:00 0\n":                             "",
		"": "", "x /y": "",
	} {
		if got := imageOf(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// TestImages: what this test itself executes is where the kernel says, in the kernel's own words.
func TestImages(t *testing.T) {
	images := Images(os.Getpid())
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	own := regexp.MustCompile(`^` + regexp.QuoteMeta(filepath.Base(self)) + `\[[0-9a-f]+\+[0-9a-f]+\]$`)
	if !slices.ContainsFunc(images, own.MatchString) {
		t.Errorf("%q lacks %s", images, self)
	}
	if Images(-1) != nil || Dumping(os.Getpid()) {
		t.Error("nobody has images, or we are being dumped")
	}
}
