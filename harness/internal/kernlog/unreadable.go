package kernlog

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Unreadable is the error of Open: no source of kernel lines can be read here.
// A report must say so. It does not mean that the kernel said nothing.
type Unreadable struct {
	Tried []Tried
	Hint  string // what the user can do; "" nothing that we know of
}

// Tried is one source that could not be read.
type Tried struct {
	Name string
	Err  error
}

func (u *Unreadable) Error() string {
	var why []string
	for _, t := range u.Tried {
		why = append(why, fmt.Sprintf("%s: %v", t.Name, t.Err))
	}
	msg := "the kernel log cannot be read here: " + strings.Join(why, "; ")
	if u.Hint != "" {
		msg += ". " + u.Hint
	}
	return msg
}

// Unwrap gives the errors of the sources, for errors.Is.
func (u *Unreadable) Unwrap() []error {
	var errs []error
	for _, t := range u.Tried {
		errs = append(errs, t.Err)
	}
	return errs
}

// facts is what is known of this system when nothing could be read.
type facts struct {
	root       bool
	container  bool
	restricted string // kernel.dmesg_restrict: "0", "1"; "" unknown
}

// explain adds to the reasons why, and what to do about it.
func explain(tried []Tried, f facts) *Unreadable {
	u := &Unreadable{Tried: tried}
	var denied, missing bool
	for _, t := range tried {
		denied = denied || t.Name == kmsgPath && errors.Is(t.Err, fs.ErrPermission)
		missing = missing || t.Name == kmsgPath && errors.Is(t.Err, fs.ErrNotExist)
	}
	const groups = "join the group systemd-journal (on some systems adm or wheel)"
	switch {
	case f.container && (missing || f.root):
		u.Hint = "This looks like a container: start it with --device /dev/kmsg --cap-add SYSLOG, or mount the host's /var/log/journal into it, read-only"
	case denied && f.root:
		u.Hint = "Even root may not: a service needs ProtectKernelLogs=no, a sandbox the capability CAP_SYSLOG"
	case denied && f.restricted == "1":
		u.Hint = "kernel.dmesg_restrict is 1: run \"sudo sysctl kernel.dmesg_restrict=0\" on the host, or " + groups + ", or run ctxcliff as root"
	case denied:
		u.Hint = "Run ctxcliff as root, or " + groups
	case missing:
		u.Hint = "Here is no /dev/kmsg: mount devtmpfs, or start journald and " + groups
	}
	return u
}

// kmsgPath is the kernel's own log, one record a read.
const kmsgPath = "/dev/kmsg"
