package harness

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"ctxcliff/harness/internal/kernlog"
)

// kernel is what a host's kernel log says, or why that cannot be known.
type kernel struct {
	log  *kernlog.Log
	why  string // it cannot be read; "" it can
	late bool   // a GPU may be in use: its driver may notice seconds later what happened
	sim  bool   // the simulated server's: it has no driver to wait for
}

// kernels are the logs that a rig follows, by whether a simulated server speaks as the kernel there.
type kernels map[bool]*kernel

// openKernels opens those that the labs call for.
func openKernels(ctx context.Context, labs Labs, logDir string) kernels {
	all := kernels{}
	for _, lab := range labs {
		if simulated := lab.simulated(); all[simulated] == nil {
			all[simulated] = openKernel(ctx, simulated, logDir)
		}
	}
	return all
}

// of is the one that speaks of the lab's servers.
func (all kernels) of(lab *Lab) *kernel {
	k := *all[lab.simulated()]
	k.sim = lab.simulated()
	k.late = k.sim || lab.usesGPU()
	return &k
}

func (all kernels) close() {
	for _, k := range all {
		k.close()
	}
}

// openKernel opens the kernel log of this host. A simulated server speaks as the kernel, too: into a
// file of its run.
func openKernel(ctx context.Context, simulated bool, logDir string) *kernel {
	k := &kernel{}
	var err error
	if simulated {
		k.log, err = openSimKernel(filepath.Join(logDir, simKernelLog))
	} else {
		k.log, err = kernlog.Open(ctx)
	}
	if err != nil {
		k.log, k.why = nil, err.Error()
	}
	return k
}

// simKernelLog is the file that a simulated server's kernel writes to.
const simKernelLog = "sim-kernel.log"

func openSimKernel(path string) (*kernlog.Log, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	return kernlog.OpenFile(path)
}

// blindKernel is that of a host whose kernel's word cannot be had.
func blindKernel(why string) *kernel { return &kernel{why: why} }

func (k *kernel) close() {
	if k.log != nil {
		k.log.Close()
	}
}

// mark is where the log stands now.
func (k *kernel) mark() kernlog.Position {
	if k.log == nil {
		return kernlog.Position{}
	}
	return k.log.Mark()
}

// since are the lines that the kernel itself wrote after the mark; lines of other programs are words
// that anybody can put there.
func (k *kernel) since(p kernlog.Position) []kernlog.Line {
	if k.log == nil {
		return nil
	}
	var lines []kernlog.Line
	for _, l := range k.log.Since(p) {
		if l.FromKernel() {
			lines = append(lines, l)
		}
	}
	return lines
}

// The waits for late lines. After a death the kernel's word on it (a segfault, an OOM kill) is there
// within milliseconds; a driver that notices a hung ring takes seconds, and then prints for a while. That is
// waited for once there is a verdict, which it may change.
const (
	deathSilence = 100 * time.Millisecond
	deathAtMost  = 200 * time.Millisecond
	lateAtMost   = 30 * time.Second

	simulatedLate = 100 * time.Millisecond // silence of the simulated server's kernel before the next start
)

// settleAfterDeath waits for what the kernel says at once, so that a verdict is recorded within 300 ms.
func (k *kernel) settleAfterDeath(ctx context.Context) { k.wait(ctx, deathSilence, deathAtMost) }

// settleBeforeNext waits for a driver's late words on what broke, before something else is measured.
func (k *kernel) settleBeforeNext(ctx context.Context, silence time.Duration) {
	if k.sim {
		silence = min(silence, simulatedLate)
	}
	if k.late {
		k.wait(ctx, silence, lateAtMost)
	}
}

func (k *kernel) wait(ctx context.Context, silence, atMost time.Duration) {
	if k.log != nil {
		_ = k.log.WaitQuiet(ctx, kernlog.Quiet{Silence: silence, AtMost: atMost}) // what came is in the log either way
	}
}

// blind says why the kernel's word cannot be had, at the beginning or since it broke off; "" it can.
func (k *kernel) blind() string {
	if k.why != "" || k.log == nil {
		return k.why
	}
	if err := k.log.Err(); err != nil {
		return "the kernel log could be read and cannot be any more: " + err.Error()
	}
	return ""
}
