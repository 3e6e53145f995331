package gpu

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The texts are in the form that the kernel documents for each driver.
func TestTheUseOfOneProcess(t *testing.T) {
	amd := "pos:\t0\nflags:\t02400002\ndrm-driver:\tamdgpu\ndrm-client-id:\t41\ndrm-pdev:\t0000:c3:00.0\n" +
		"drm-total-vram:\t2048 KiB\ndrm-resident-vram:\t1024 KiB\ndrm-memory-vram:\t1024 KiB\ndrm-memory-gtt: \t64 MiB\namd-evicted-vram:\t9 KiB\n" +
		"drm-engine-gfx:\t1000000 ns\ndrm-engine-compute:\t5000000000 ns\ndrm-engine-capacity-compute:\t4\n"
	xe := "drm-driver:\txe\ndrm-client-id:\t3\ndrm-pdev:\t0000:03:00.0\ndrm-total-system:\t0\ndrm-total-vram0:\t23992 KiB\ndrm-shared-vram0:\t16 MiB\n" +
		"drm-resident-vram0:\t23992 KiB\ndrm-total-gtt:\t192 KiB\ndrm-cycles-ccs:\t28257900\ndrm-total-cycles-ccs:\t7655183225\ndrm-engine-capacity-ccs:\t4\n"
	machine := fstest.MapFS{
		"proc/71/fdinfo/0":                 {Data: []byte("pos:\t0\nflags:\t0100002\n")},
		"proc/71/fdinfo/10":                {Data: []byte(amd)},
		"proc/71/fdinfo/11":                {Data: []byte(amd)}, // the same, duplicated
		"proc/71/fdinfo/12":                {Data: []byte(strings.Replace(amd, "\t41\n", "\t42\n", 1))},
		"proc/71/fdinfo/13":                {Data: []byte(xe)},
		"sys/class/kfd/kfd/dev":            {Data: []byte("511:0")},
		"sys/class/kfd/kfd/proc/71/vram_1": {Data: []byte("1073741824")},
		"sys/class/kfd/kfd/proc/71/vram_2": {Data: []byte("5")},
		"proc/72/fdinfo/0":                 {Data: []byte("pos:\t0\n")},
	}
	r := &Reader{root: machine}
	got, err := r.Process(t.Context(), 71)
	if err != nil {
		t.Fatal(err)
	}
	kfd := uint64(1073741829)
	want := Use{KFDVRAM: &kfd, Devices: []DeviceUse{
		{PCI: "0000:03:00.0", Driver: "xe", Clients: 1, Engines: map[string]time.Duration{}, Cycles: map[string]uint64{"ccs": 28257900},
			Memory: map[string]uint64{"vram0": 23992 << 10, "gtt": 192 << 10, "system": 0}},
		{PCI: "0000:c3:00.0", Driver: "amdgpu", Clients: 2, Engines: map[string]time.Duration{"gfx": 2 * time.Millisecond, "compute": 10 * time.Second},
			Cycles: map[string]uint64{}, Memory: map[string]uint64{"vram": 2 * mib, "gtt": 128 * mib}},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	got, err = r.Process(t.Context(), 72)
	if err != nil || len(got.Devices) != 0 || got.KFDVRAM != nil || len(got.Missing) != 1 {
		t.Error(got, err)
	}
	if _, err := r.Process(t.Context(), 73); err == nil || !strings.Contains(err.Error(), "read the GPU use of process 73: ") {
		t.Error(err)
	}
	if _, err := (&Reader{noRoot: "not on this system"}).Process(t.Context(), 71); err == nil || !strings.Contains(err.Error(), "not on this system") {
		t.Error(err)
	}
}

func FuzzParsers(f *testing.F) {
	f.Add("drm-driver: x\ndrm-memory-vram: 1 GiB\ndrm-engine-gfx: 5 ns\n")
	f.Add("00000000:41:00.0, 10, 24564, 34, [N/A], NaN, 570.86.15, NVIDIA, comma\n")
	f.Add("0::/a/b\n4:memory:/c\n31 23 0:28 / /sys/fs/cgroup rw - cgroup2 none rw\noom_kill 5\n")
	f.Add("DRIVER=amdgpu\nPCI_ID=1002:1586")
	f.Fuzz(func(t *testing.T, text string) {
		devices, missing := parseNVIDIA(text)
		for _, d := range devices {
			if len(d.PCI) < len("0000:c3:00.0") || d.TempC != nil && *d.TempC != *d.TempC {
				t.Fatalf("%+v", d)
			}
		}
		if strings.TrimSpace(text) != "" && len(devices)+len(missing) == 0 {
			t.Fatal("said nothing of it")
		}
		file := &fstest.MapFile{Data: []byte(text)}
		m := fstest.MapFS{"proc/7/fdinfo/3": file, "proc/7/cgroup": file, "proc/self/mountinfo": file, "sys/class/drm/card0/device/uevent": file,
			"sys/class/drm/card0/device/mem_info_vram_used": file, "sys/class/drm/card0/device/hwmon/hwmon0/temp1_input": file}
		if u, err := readProcess(tree{m}, 7); err != nil || len(u.Devices) > 1 {
			t.Fatal(u, err)
		}
		if c, err := findCgroup(m, 7); err == nil {
			c.Read()
		}
		if all, _ := readDRM(tree{m}); len(all) != 1 || all[0].Name == "" {
			t.Fatalf("%+v", all)
		}
	})
}
