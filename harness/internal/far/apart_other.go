//go:build !unix

package far

import "syscall"

// apart does nothing here.
var apart *syscall.SysProcAttr
