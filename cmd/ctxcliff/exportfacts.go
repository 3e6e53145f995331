package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ctxcliff/harness/trial"
	"ctxcliff/reports/handover"
)

// shownLog is how much of a log goes into a bundle.
const shownLog = 48 << 10

// tailOf is the end of a text file, whole lines, also where it was packed since; "" where there is none.
func tailOf(name string) string {
	f, err := openLog(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	var last, before []byte // two blocks: what is asked for ends in the one and begins in the other
	dropped := 0
	for {
		block := make([]byte, shownLog)
		n, err := io.ReadFull(f, block)
		if n > 0 {
			dropped += len(before)
			before, last = last, block[:n]
		}
		if err != nil {
			break // the end, or what a writer that died left
		}
	}
	data := slices.Concat(before, last)
	if more := len(data) - shownLog; more > 0 {
		dropped, data = dropped+more, data[more:]
	}
	text := strings.ToValidUTF8(string(data), "\uFFFD")
	if dropped > 0 {
		_, text, _ = strings.Cut(text, "\n")
		text = fmt.Sprintf("[some %d bytes before this are left out]\n%s", dropped, text)
	}
	return text
}

// evidence adds what was seen.
func (e *export) evidence(b handover.Bundle) (err error) {
	if e.log != "" {
		b[handover.EvidenceDir+"server.log"] = []byte(e.redactor.Text(e.log))
	}
	a := e.subject.attempt
	for _, name := range a.Files {
		if text := tailOf(filepath.Join(e.runDir, name)); text != "" {
			b[handover.EvidenceDir+filepath.Base(name)] = []byte(e.redactor.Text(text))
		}
	}
	seen := struct {
		Outcome      string         `json:"outcome"`
		Reason       string         `json:"reason"`
		Excerpt      []string       `json:"excerpt"`
		Consequences []string       `json:"consequences"`
		TimeLine     []trial.Moment `json:"time_line"`
	}{a.Outcome.String(), e.redactor.Text(a.Reason), e.texts(a.Fault.Excerpt), e.texts(a.Fault.Consequences), slices.Clone(a.TimeLine)}
	for i := range seen.TimeLine {
		seen.TimeLine[i].Text = e.redactor.Text(seen.TimeLine[i].Text)
	}
	b[handover.EvidenceDir+"attempt.json"], err = indentedJSON(seen)
	return err
}

// digested is how much of a model is read for its digest: its header, its vocabulary, and some of its
// weights. All of it would be hundreds of gigabytes.
const digested = 64 << 20

func digestOf(name string) (handover.Digest, error) {
	f, err := os.Open(name)
	if err != nil {
		return handover.Digest{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, digested))
	return handover.Digest{Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}
