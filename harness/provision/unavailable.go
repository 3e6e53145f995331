package provision

import "strings"

// UnavailableError says that a tool cannot be had on this system, and what its user can do. Its
// message is one line that ends with the remedy.
type UnavailableError struct {
	Tool    Tool
	Reason  string // why not, without the remedy
	System  string // name of the system, for people
	Command string // what to type here to install it; "" where nothing is known
	Network bool   // the mirror was not reached: trying again later may help
}

func (e *UnavailableError) Error() string {
	var b strings.Builder
	b.WriteString("no " + string(e.Tool) + " on this system (" + e.System + "): " + e.Reason + "; ")
	if e.Network {
		b.WriteString("check the network and run this again, ")
	} else if e.Command != "" {
		b.WriteString("type: " + e.Command + ", ")
	}
	b.WriteString("or name one with " + e.Tool.flag() + " PATH")
	if e.Tool == LlamaServer {
		b.WriteString(", run one in llama.cpp's server container with --launch, or use the simulated server: --server sim")
	}
	return b.String()
}

func (f *finder) unavailable(tool Tool, reason string) *UnavailableError {
	release := f.host.release()
	return &UnavailableError{
		Tool: tool, Reason: reason, System: release.PrettyName,
		Command: installCommand(release, f.host.goos, f.has),
	}
}

// buildCommand builds both programs from a checkout of llama.cpp (docs/build.md and tools/rpc/README.md there).
const buildCommand = "cmake -B build -DGGML_RPC=ON && cmake --build build -j, in a checkout of llama.cpp"

// installCommand is what a user types to get llama.cpp on a system, by its packages where we know
// that they exist, else by building it.
func installCommand(release osRelease, goos string, has func(string) bool) string {
	switch {
	case has("brew"):
		return "brew install llama.cpp"
	case goos == "darwin":
		return "brew install llama.cpp (after installing Homebrew)"
	case release.ID == "nixos" || has("nix"):
		return "nix profile install nixpkgs#llama-cpp"
	case release.is("fedora") && has("dnf"):
		return "sudo dnf install llama-cpp"
	case release.is("debian", "ubuntu") && developing(release):
		return "sudo apt install llama.cpp-tools llama.cpp-tools-extra"
	}
	return buildCommand
}

// developing reports whether the system runs the release under development, which has the packages.
func developing(release osRelease) bool {
	return release.ID == "debian" && (release.Codename == "" || strings.HasSuffix(release.PrettyName, "/sid"))
}
