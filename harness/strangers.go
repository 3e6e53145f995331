package harness

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/internal/peer"
)

// A stranger is an rpc-server that somebody else runs. Its death, its words and its host's kernel log
// are not seen from here, and what the server says of it is a symptom: reports must say so.

// strangers are those of a start.
func (l *life) strangers() (list []companion) {
	for _, c := range l.peers {
		if !c.ours() {
			list = append(list, c)
		}
	}
	return list
}

// unseenStrangers says what cannot be watched of them, in sentences.
func (l *life) unseenStrangers() (list []string) {
	for _, c := range l.strangers() {
		list = append(list, fmt.Sprintf("%s at %s was started by somebody else: its log, its exit status and its host's kernel log are not seen, and it is never restarted", c.name, c.endpoint))
	}
	return list
}

// callStrangers finds out which of them nobody answers for any more. It may be called only when no
// server uses them: see package peer.
func (l *life) callStrangers(ctx context.Context) (refuse []string) {
	for _, c := range l.strangers() {
		if err := peer.Dial(context.WithoutCancel(ctx), c.endpoint, askLimit); errors.Is(err, syscall.ECONNREFUSED) {
			refuse = append(refuse, c.name)
		}
	}
	return refuse
}

// suspect completes a fault that a stranger may have caused, and returns the end of a sentence on what
// is not known of it; "" where strangers do not come into it.
func (l *life) suspect(f *faults.Fault, found condition) string {
	all := l.strangers()
	if len(all) == 0 || f.Class != "rpc.remote-crashed" && f.Category != "hang" {
		return ""
	}
	if f.Category != "hang" && len(found.refuse) == 1 {
		f.FirstDeath = found.refuse[0] // the server went on until it missed it
	}
	var said []string
	for _, c := range all {
		said = append(said, fmt.Sprintf("%s at %s%s", c.name, c.endpoint, found.refusal(c.name)))
	}
	return "; not seen from here: " + strings.Join(said, ", ") + ", which somebody else runs; look at its log and its host"
}

// refusal says that a stranger no longer accepts connections.
func (c condition) refusal(name string) string {
	for _, r := range c.refuse {
		if r == name {
			return " (it refuses connections now)"
		}
	}
	return ""
}
