package kernlog

import (
	"context"
	"os"
	"strings"
)

// Open follows the kernel log of this host from now on. The context bounds the
// opening only; Close ends the following. The error is an *Unreadable, or the
// context's.
func Open(ctx context.Context) (*Log, error) {
	var tried []Tried
	k, err := openKmsg(kmsgPath)
	if err == nil {
		return Follow(k), nil
	}
	tried = append(tried, Tried{kmsgPath, err})
	j, err := openJournal(ctx, "journalctl")
	if err == nil {
		return Follow(j), nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, explain(append(tried, Tried{"journalctl", err}), survey())
}

// survey finds out why nothing can be read.
func survey() facts {
	f := facts{root: os.Geteuid() == 0}
	if b, err := os.ReadFile("/proc/sys/kernel/dmesg_restrict"); err == nil {
		f.restricted = strings.TrimSpace(string(b))
	}
	for _, sign := range []string{"/run/.containerenv", "/.dockerenv", "/run/systemd/container"} {
		if _, err := os.Stat(sign); err == nil {
			f.container = true
		}
	}
	return f
}
