package plan

// Need is how much memory a configuration is expected to take. The zero value is that nobody knows.
type Need struct {
	Bytes   int64    // on all devices together
	By      string   // who says so, and what it is made of
	Devices []Demand // of each device, where that is known
}

// Demand is what is expected of one device.
type Demand struct {
	Device string // as llama.cpp names it: Host, CUDA0, RPC1
	Of     string // what it is: NVIDIA H200; "rpc2 at HOST:PORT"; "" not told
	Memory string // what memory it takes, where others take of the same: "this host"; "" its own
	Bytes  int64
	Free   int64  // of that memory, when it was asked; 0 unknown
	Gauge  string // the gauge of a start that shows what it took; "" none does
}

// Free reports whether it is known of every device what is free of it.
func (n Need) Free() bool {
	for _, d := range n.Devices {
		if d.Free <= 0 {
			return false
		}
	}
	return len(n.Devices) > 0
}

// Tight says which memory is expected to be asked for more than so many times what is free of it, and
// which of the demands are made of it; nil none is. Memory of which nobody knows how much is free is not
// tight.
func (n Need) Tight(margin float64) (demands []Demand) {
	for _, d := range n.Devices {
		of, bytes := []Demand{}, int64(0)
		for _, e := range n.Devices {
			if e.Device == d.Device || d.Memory != "" && e.Memory == d.Memory {
				of, bytes = append(of, e), bytes+e.Bytes
			}
		}
		if d.Free > 0 && float64(bytes) > margin*float64(d.Free) {
			return of
		}
	}
	return nil
}
