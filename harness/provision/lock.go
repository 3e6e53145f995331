package provision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// lockPoll is how often a process that waits for another one's lock looks again.
const lockPoll = 100 * time.Millisecond

var errHeld = errors.New("another process holds the lock")

// lock takes the cache for this process, waiting for another ctxcliff that is filling it. The
// caller must call release. The kernel releases the lock of a process that dies.
func (c cache) lock(ctx context.Context, waiting func()) (release func(), err error) {
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the cache folder: %w; set XDG_CACHE_HOME to a folder that can be written", err)
	}
	f, err := os.OpenFile(filepath.Join(c.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("locking the cache: %w; set XDG_CACHE_HOME to a folder that can be written", err)
	}
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for told := false; ; {
		err = tryLock(f)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, errHeld) {
			f.Close()
			return nil, fmt.Errorf("locking the cache %s: %w", c.dir, err)
		}
		if !told {
			waiting()
			told = true
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// unpackedFactor is how much room packages need while they are obtained, per byte of download:
// themselves, and four to five times that unpacked (measured: 20 MB become 80 MB).
const unpackedFactor = 6

// enoughSpace fails where dir has not that much room. Where it cannot be told, it is not an error.
func enoughSpace(dir string, need int64) error {
	free, err := freeSpace(dir)
	if err != nil || free >= need {
		return nil
	}
	return fmt.Errorf("the cache needs %d MB for llama-server and has %d MB free; make room in %s or set XDG_CACHE_HOME", need>>20, free>>20, filepath.Dir(dir))
}
