package provision

import "context"

// DoctorMachine looks at what this machine offers for a run whose programs are all named: programs and
// package managers are left out. Otherwise it is [Doctor].
func DoctorMachine(ctx context.Context, opts Options) []Finding {
	opts.Offline = true
	f := newFinder(opts)
	return []Finding{f.kernelLogFinding(ctx), f.debuggerFinding(), f.machineFinding(ctx)}
}
