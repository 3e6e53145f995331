package labfile

// alternatives are keys of which a run takes one.
var alternatives = [][]string{{"ctx", "ps"}, {"tokens", "fill"}, {"level", "exposures"}}

// Yield gives way to flags: what was given on the command line replaces what the file says of the same.
// Axes are left to whoever makes targets of them.
func (f *File) Yield(given func(flag string) bool) {
	yield(f.Settings, given)
	for _, c := range f.Cases {
		yield(c.Settings, given)
	}
}

func yield(settings map[string][]Text, given func(flag string) bool) {
	for name := range settings {
		if given(name) {
			delete(settings, name)
		}
	}
	for _, group := range alternatives {
		for _, flag := range group {
			for _, name := range group {
				if given(flag) {
					delete(settings, name)
				}
			}
		}
	}
}
