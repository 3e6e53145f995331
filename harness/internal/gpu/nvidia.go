package gpu

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// nvidiaQuery is what nvidia-smi is asked; the name is last because it is the one
// field that might hold a comma.
const nvidiaQuery = "pci.bus_id,memory.used,memory.total,temperature.gpu,power.draw,utilization.gpu,driver_version,name"

// askNVIDIA runs nvidia-smi once. present says that the kernel has NVIDIA's driver.
func askNVIDIA(ctx context.Context, command string, present bool) part {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, command, "--query-gpu="+nvidiaQuery, "--format=csv,noheader,nounits")
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &stdout, &stderr, time.Second
	ownGroup(cmd)
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound) && present:
		return part{missing: []string{"NVIDIA GPUs: the driver is loaded but nvidia-smi is not on PATH: install it (package nvidia-utils or similar)"}}
	case errors.Is(err, exec.ErrNotFound):
		return part{missing: []string{"NVIDIA GPUs: no nvidia-smi on PATH, no driver seen"}, absent: true}
	case ctx.Err() != nil:
		return part{missing: []string{"NVIDIA GPUs: nvidia-smi gave no answer in time: a GPU may hang"}}
	}
	var p part
	p.devices, p.missing = parseNVIDIA(stdout.String())
	if err != nil {
		p.missing = append(p.missing, fmt.Sprintf("NVIDIA GPUs: nvidia-smi: %v %.200q", err, strings.Join(strings.Fields(stderr.String()), " ")))
	} else if len(p.devices)+len(p.missing) == 0 {
		p.missing = append(p.missing, "NVIDIA GPUs: nvidia-smi lists none")
	}
	return p
}

// parseNVIDIA parses the lines of nvidia-smi. What is no such line is something
// that it says instead, such as "GPU is lost", and comes back as missing.
func parseNVIDIA(out string) (devices []Device, missing []string) {
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		f := strings.SplitN(line, ", ", strings.Count(nvidiaQuery, ",")+1)
		pci, ok := nvidiaAddress(f[0])
		if len(f) <= strings.Count(nvidiaQuery, ",") || !ok {
			missing = append(missing, fmt.Sprintf("NVIDIA GPUs: nvidia-smi: %.200q", line))
			continue
		}
		d := Device{Name: f[7], Driver: "nvidia", PCI: pci, DriverVersion: f[6]}
		if strings.HasPrefix(d.Name, "[") {
			d.miss("name", fmt.Errorf("nvidia-smi says %.40q", d.Name))
			d.Name = "NVIDIA GPU"
		}
		d.VRAMUsed, d.VRAMTotal = d.mebibytes("memory used", f[1]), d.mebibytes("memory total", f[2])
		d.TempC, d.PowerW, d.Busy = d.value("temperature", f[3]), d.value("power", f[4]), d.value("busy", f[5])
		devices = append(devices, d)
	}
	return devices, missing
}

// nvidiaAddress turns "00000000:C3:00.0" into the kernel's "0000:c3:00.0".
func nvidiaAddress(s string) (string, bool) {
	domain, rest, ok := strings.Cut(s, ":")
	n, err := strconv.ParseUint(domain, 16, 32)
	if !ok || err != nil || len(rest) != len("c3:00.0") || rest[2] != ':' || rest[5] != '.' {
		return "", false
	}
	for _, part := range []string{rest[:2], rest[3:5], rest[6:]} {
		if _, err := strconv.ParseUint(part, 16, 8); err != nil {
			return "", false
		}
	}
	return fmt.Sprintf("%04x:%s", n, strings.ToLower(rest)), true
}

// value is a number, or nil and the reason: "[N/A]", "[Unknown Error]".
func (d *Device) value(what, s string) *float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= -1e6 && v <= 1e12) {
		d.miss(what, fmt.Errorf("nvidia-smi says %.40q", s))
		return nil
	}
	return &v
}

func (d *Device) mebibytes(what, s string) *uint64 {
	n, err := strconv.ParseUint(s, 10, 43)
	if err != nil {
		d.miss(what, fmt.Errorf("nvidia-smi says %.40q", s))
		return nil
	}
	n <<= 20
	return &n
}
