package store

import (
	"bytes"
	"os"
	"strconv"
)

// Process names a process for as long as anybody may ask: a pid alone is given out again.
type Process struct {
	PID      int
	PIDStart uint64 // in clock ticks since boot, as in trial.Start; 0 unknown
	BootID   string // of the boot that it ran in; "" unknown
}

// ownProcess is this process, without the boot id, which the run's host has.
func ownProcess() Process {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return Process{PID: os.Getpid()} // not on Linux
	}
	return Process{PID: os.Getpid(), PIDStart: startTicks(stat)}
}

// startTicks is field 22 of /proc/PID/stat (proc(5)), 0 if there is none. The name in field 2 may
// hold spaces and parentheses; fields are counted behind it.
func startTicks(stat []byte) uint64 {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 {
		return 0
	}
	ticks, _ := strconv.ParseUint(string(fields[19]), 10, 64)
	return ticks
}
