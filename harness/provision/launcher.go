package provision

import "strings"

// launcherText is a shell script that runs a program of a private root through that root's own
// loader. It execs, so the launcher's pid is the program's. Without a loader the program is static
// and runs by itself.
//
// Under the loader, the kernel's idea of the executable is the loader; that is why the backends,
// which ggml looks for in the executable's folder, are linked beside it.
func launcherText(what string, argv0 string, loader string, libraries []string, program string) string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n# Written by ctxcliff: " + oneLine(what) + "\n")
	b.WriteString("exec ")
	if loader != "" {
		b.WriteString(shellQuote(loader) + " --library-path " + shellQuote(strings.Join(libraries, ":")))
		b.WriteString(" --argv0 " + shellQuote(argv0) + " ")
	}
	b.WriteString(shellQuote(program) + ` "$@"` + "\n")
	return b.String()
}

// shellQuote makes one word of a string, for a POSIX shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// badForLoader are characters that a path in a private root cannot have: the loader splits its
// library path at the first two, apt's configuration has no escape for the third.
const badForLoader = ":;\"\n"
