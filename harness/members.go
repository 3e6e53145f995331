package harness

import (
	"ctxcliff/harness/internal/process"
	"ctxcliff/harness/trial"
)

// member is a process of ours that runs for a start.
type member struct {
	name string
	pid  int
}

// members are the server and the peers of ours, as far as they run.
func (l *life) members() (list []member) {
	if l.server != nil && l.server.PID() > 0 {
		list = append(list, member{"server", l.server.PID()})
	}
	for _, c := range l.peers {
		if c.process != nil {
			list = append(list, member{c.name, c.process.PID()})
		}
	}
	return list
}

// memory is how much each of them has had at most.
func (l *life) memory() (list []trial.Gauge) {
	for _, m := range l.members() {
		list = append(list, memoryOf(m.name, m.pid)...)
	}
	return list
}

// portraits are what the kernel tells of each of them, and which is the first that is stopped.
func portraits(list []member, h *hang) {
	for _, m := range list {
		if v, err := process.VitalsOf(m.pid); err == nil && !h.Stopped && stopped(v) {
			h.Stopped, h.Who = true, m.name
		}
		h.portrait += "\n" + m.name + ", " + process.Portrait(m.pid)
	}
}
