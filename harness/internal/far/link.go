package far

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// read takes in messages until there are no more.
func (h *Host) read(in *bufio.Scanner, hello chan<- Self) {
	greeted := false
	for in.Scan() {
		var m message
		if b := bytes.TrimSpace(in.Bytes()); len(b) == 0 || b[0] != '{' || json.Unmarshal(b, &m) != nil {
			continue // a login shell's words
		}
		if m.Is == isHello && m.Hello != nil && !greeted {
			greeted = true
			hello <- *m.Hello
		}
		h.take(m)
	}
	if in.Err() != nil { // longer than any message may be
		_ = h.session.Process.Kill()
	}
	err := h.session.Wait()
	h.lose(h.ending(err))
}

// ending says how the helper's end looks from here. ssh ends with 255 when the connection drops, and also
// when a signal ended the helper: then the connection stays.
func (h *Host) ending(err error) string {
	words := last(h.said.String())
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 255 {
		limit := time.NewTimer(masterLag)
		defer limit.Stop()
		select {
		case <-h.master.run.Done():
			return fmt.Sprintf("the link to %s dropped (ssh ended with 255: %s); see its network and its ssh server", h.target, h.master.words())
		case <-limit.C:
		}
	}
	if err != nil {
		return fmt.Sprintf("the helper on %s is gone (ssh: %v; %s); see what ended it there", h.target, err, words)
	}
	return fmt.Sprintf("the helper on %s has ended; see what ended it there", h.target)
}

// masterLag is how much later than that of what goes through it the end of a connection may be seen.
const masterLag = 300 * time.Millisecond

// ping keeps the far side from giving up, measures its clock, and loses a link that is silent.
func (h *Host) ping() {
	tick := time.NewTicker(max(h.silence/5, 10*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-h.lost:
			return
		case <-tick.C:
		}
		h.mu.Lock()
		silent := time.Since(h.heard)
		h.mu.Unlock()
		if silent > h.silence {
			h.lose(fmt.Sprintf("the link to %s dropped: nothing came from it for %s; see its network", h.target, silent.Round(100*time.Millisecond)))
			return
		}
		h.send(request{Do: doPing}, nil)
	}
}

// lose gives up the link, once.
func (h *Host) lose(why string) {
	h.mu.Lock()
	if h.why != "" {
		h.mu.Unlock()
		return
	}
	if h.closing {
		why = "the link to " + h.target.String() + " was closed"
	}
	h.why = why
	peers := h.peers
	h.peers, h.waiting = map[string]*Peer{}, map[uint64]chan message{}
	h.mu.Unlock()
	close(h.lost)
	for _, p := range peers {
		p.sever()
	}
	h.news.end()
	_ = h.in.Close()
	_ = h.session.Process.Kill() // it may wait for a host that is silent
}

// Close ends the helper with what it started, and the connection, and waits for their ends.
func (h *Host) Close() {
	h.mu.Lock()
	h.closing = true
	h.mu.Unlock()
	if h.kernel != nil {
		h.kernel.Close()
	}
	if h.in != nil {
		_ = h.in.Close()
	}
	if h.session != nil {
		limit := time.AfterFunc(leave, func() { h.lose("") })
		h.ended.Wait()
		limit.Stop()
	}
	if h.master != nil {
		h.master.close()
	}
}

// leave is how long the helper may take to end what it started and itself.
const leave = 5 * time.Second
