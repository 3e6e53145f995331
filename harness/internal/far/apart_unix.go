//go:build unix

package far

import "syscall"

// apart keeps the terminal's Ctrl-C from ssh: what it means to the far side is for us to say.
var apart = &syscall.SysProcAttr{Setpgid: true}
