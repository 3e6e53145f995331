package gpu

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"
)

// Reader reads the GPUs of this machine. Its methods may be called from several
// goroutines; they take turns.
type Reader struct {
	root    fs.FS  // of the file system; nil where it does not tell of GPUs
	noRoot  string // why root is nil
	command string // nvidia-smi

	mu      sync.Mutex
	kernel  gate[part]
	nvidia  gate[part]
	process gate[processPart]
	last    Snapshot
}

// part is what one source gave.
type part struct {
	devices   []Device
	coredumps []Coredump
	missing   []string
	absent    bool // no sign of what the source tells of
}

// New is a Reader of this machine.
func New() *Reader {
	r := &Reader{command: "nvidia-smi"}
	r.root, r.noRoot = hostRoot()
	return r
}

// Read reads everything once. It takes some milliseconds, with an NVIDIA GPU
// some tens to hundreds, and ReadLimit or little more in the worst case.
func (r *Reader) Read(ctx context.Context) Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	var kernel, nvidia part
	var wg sync.WaitGroup
	wg.Go(func() { kernel = r.ask(ctx, &r.kernel, "the graphics drivers' files in /sys", r.readKernel) })
	wg.Go(func() { nvidia = r.ask(ctx, &r.nvidia, "nvidia-smi", r.readNVIDIA) })
	wg.Wait()
	if nvidia.absent && len(kernel.devices) > 0 {
		nvidia.missing = nil // other GPUs are there, and nobody expects one of NVIDIA
	}
	if kernel.absent && len(nvidia.devices) > 0 {
		kernel.missing = nil // NVIDIA's driver for computing shows nothing there, and nobody expects others
	}
	s := Snapshot{
		At:        time.Now(),
		Devices:   join(kernel.devices, nvidia.devices),
		Coredumps: kernel.coredumps,
		Missing:   append(kernel.missing, nvidia.missing...),
	}
	watts(&r.last, &s)
	r.last = s
	return s
}

// ask reads a source, or says that it is blocked.
func (r *Reader) ask(ctx context.Context, g *gate[part], name string, f func(context.Context) part) part {
	p, since, ok := g.read(ctx, f)
	switch {
	case ok:
		return p
	case ctx.Err() != nil:
		return part{missing: []string{name + ": reading was interrupted"}}
	}
	return part{missing: []string{blocked(name, since)}}
}

func blocked(name string, since time.Time) string {
	return fmt.Sprintf("%s: no answer for %s: a GPU that hangs blocks whoever asks", name, time.Since(since).Round(time.Second))
}

func (r *Reader) readKernel(context.Context) (p part) {
	if r.root == nil {
		return part{missing: []string{r.noRoot}}
	}
	t := tree{r.root}
	p.devices, p.missing = readDRM(t)
	var missing []string
	p.coredumps, missing = readCoredumps(t)
	_, err := fs.Stat(t, drmClass)
	p.absent = errors.Is(err, fs.ErrNotExist)
	p.missing = append(p.missing, missing...)
	return p
}

func (r *Reader) readNVIDIA(ctx context.Context) (p part) {
	present := false
	if r.root != nil {
		_, err := fs.Stat(r.root, "proc/driver/nvidia/version")
		present = err == nil
	}
	return askNVIDIA(ctx, r.command, present)
}

// Watch is [Watch] of this Reader.
func (r *Reader) Watch(ctx context.Context, every time.Duration, each func(Snapshot)) (stop func()) {
	return Watch(ctx, r.Read, every, each)
}

// Watch reads at once and then at intervals, and hands over each snapshot, in one
// goroutine. A reading that takes longer than the interval delays the next. The
// goroutine ends with the context or when stop is called; stop waits for it, so
// it must not be called from within each.
func Watch(ctx context.Context, read func(context.Context) Snapshot, every time.Duration, each func(Snapshot)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(max(every, 10*time.Millisecond))
		defer tick.Stop()
		for {
			if s := read(ctx); ctx.Err() == nil {
				each(s)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return func() {
		cancel()
		wg.Wait()
	}
}
