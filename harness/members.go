package harness

import (
	"context"

	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/trial"
)

// member is a process of ours that runs for a start.
type member struct {
	name string
	body
}

// body is a process as its host's kernel tells of it.
type body interface {
	// Memory is how much it has had at most.
	Memory(ctx context.Context) (process.Vitals, error)
	// Portrait is text for people, with its vitals; see [process.Portrait].
	Portrait(ctx context.Context) (process.Vitals, string, error)
}

// local is a process of this host, by its pid.
type local int

func (pid local) Memory(context.Context) (process.Vitals, error) { return process.MemoryOf(int(pid)) }

func (pid local) Portrait(context.Context) (process.Vitals, string, error) {
	v, err := process.VitalsOf(int(pid))
	return v, process.Portrait(int(pid)), err
}

// members are the server and the peers of ours, as far as they run.
func (l *life) members() (list []member) {
	if l.server != nil && l.server.PID() > 0 {
		list = append(list, member{"server", local(l.server.PID())})
	}
	for _, c := range l.peers {
		if c.process != nil {
			list = append(list, member{c.name, c.process})
		}
	}
	return list
}

// memory is how much each of them has had at most.
func (l *life) memory(ctx context.Context) (list []trial.Gauge) {
	for _, m := range l.members() {
		list = append(list, memoryOf(ctx, m)...)
	}
	return list
}

// portraits are what the kernels tell of each of them, and which is the first that is stopped.
func portraits(list []member, h *hang) {
	ctx, done := context.WithTimeout(context.Background(), askLimit)
	defer done()
	for _, m := range list {
		v, text, err := m.Portrait(ctx)
		if err == nil && !h.Stopped && stopped(v) {
			h.Stopped, h.Who = true, m.name
		}
		if text == "" && err != nil {
			text = err.Error() + "\n"
		}
		h.portrait += "\n" + m.name + ", " + text
	}
}
