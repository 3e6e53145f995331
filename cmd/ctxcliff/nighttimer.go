package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// unitName is what the units are called.
const unitName = "ctxcliff-nightly"

var clock = regexp.MustCompile(`^([01]?[0-9]|2[0-3]):[0-5][0-9]$`)

// printTimer prints a timer and a service for this user's systemd, and how to install them.
func (t *terminal) printTimer(s nightSettings) error {
	if !clock.MatchString(s.at) {
		return usage(fmt.Errorf("--at %q is no time of day; write it as 01:30", s.at))
	}
	program, err := os.Executable()
	if err != nil {
		return trouble(fmt.Errorf("find our own program for the service: %w", err))
	}
	if strings.Contains(program, "go-build") {
		t.say("warning: this ctxcliff was made by go run or go test and will be gone; build one for the service: go build ./cmd/ctxcliff")
	}
	lab, err := filepath.Abs(s.lab)
	if err != nil {
		return trouble(err)
	}
	folder, err := os.Getwd()
	if err != nil {
		return trouble(err)
	}
	// A night that fails is a unit that failed: systemctl --user --failed lists it.
	fmt.Fprintf(t.stdout, `# ~/.config/systemd/user/%[1]s.service
[Unit]
Description=ctxcliff: a night of %[2]s

[Service]
Type=oneshot
WorkingDirectory=%[3]s
ExecStart=%[4]s nightly -c %[5]s
KillSignal=SIGINT
KillMode=mixed
TimeoutStartSec=infinity
TimeoutStopSec=5min

# ~/.config/systemd/user/%[1]s.timer
[Unit]
Description=ctxcliff: every night at %[6]s

[Timer]
OnCalendar=*-*-* %[6]s:00
Persistent=true

[Install]
WantedBy=timers.target
`, unitName, specifiers(filepath.Base(lab)), specifiers(folder), unitWord(program), unitWord(lab), s.at)
	t.say("nothing was installed: write the two parts into the files that they name, and then")
	t.say("  systemctl --user daemon-reload && systemctl --user enable --now %s.timer", unitName)
	t.say("  loginctl enable-linger    (so that it runs while you are not logged in)")
	return nil
}

// specifiers keeps systemd from replacing what follows a percent sign.
func specifiers(text string) string { return strings.ReplaceAll(text, "%", "%%") }

// unitWord is a word of a command line as systemd reads it (systemd.service, "Command lines").
func unitWord(text string) string {
	text = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$").Replace(text)
	return `"` + text + `"`
}
