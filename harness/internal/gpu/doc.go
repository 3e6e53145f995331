// Package gpu reads what Linux and the vendors' tools tell of GPUs and memory
// without root: used memory, temperature, power, load, state snapshots of
// crashed drivers, out-of-memory counters of control groups, and the GPU use of
// one process.
//
//	r := gpu.New()
//	before := r.Read(ctx)
//	...                                  // a server lives and dies
//	rest, why := gpu.AtRest(before, r.Read(ctx))
//
// # What is unknown
//
// A value that could not be read is nil, never zero, and Missing says why: of a
// device in Device.Missing, of the machine in Snapshot.Missing. A snapshot
// without devices whose Missing is not empty does not mean that there is no GPU.
//
// # Where values come from
//
//	/sys/class/drm/cardN/device          amdgpu: memory, load, sensors; xe, i915 and others: sensors, no memory, no load
//	nvidia-smi --query-gpu=...           NVIDIA: all of it; a child process with a deadline
//	/sys/class/devcoredump               which device left a state snapshot; the data is neither read nor freed
//	/proc/PID/fdinfo, /sys/class/kfd     one process's memory and engine time
//	/proc/PID/cgroup, memory.events …    out-of-memory counters, version 2 and 1
//
// Debugfs is never touched: reading some of its files resets the GPU. That is
// why the memory in use on xe and i915 is unknown here.
//
// # Hanging devices
//
// A driver whose device hangs can block whoever reads its files, and nothing ends
// a process that the kernel blocks. So a Reader reads in goroutines of its own,
// waits for them for ReadLimit at most, and says in Missing which did not answer.
// It starts no second one while the first is blocked.
//
// All parsing is over fs.FS, so it is tested on any system. Elsewhere than on
// Linux only nvidia-smi is asked.
package gpu
