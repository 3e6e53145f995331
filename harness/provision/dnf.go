package provision

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fetchDnf downloads the packages that provide the tools, with every dependency, and unpacks them
// into stage/tree/root.
func (f *finder) fetchDnf(ctx context.Context, stage string) (haul, error) {
	h := haul{root: filepath.Join(stage, "tree", "root"), source: SourceDnf, from: "the configured repositories"}
	rpms := filepath.Join(stage, "rpms")
	for _, dir := range []string{h.root, rpms} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return haul{}, fmt.Errorf("preparing dnf's private folders: %w", err)
		}
	}
	dnf := func(args ...string) (output, error) {
		out, err := f.host.run(ctx, command{name: "dnf", args: append([]string{"-q", "-y", "--setopt=cachedir=" + filepath.Join(stage, "dnf")}, args...)})
		if err != nil {
			return out, fmt.Errorf("running dnf: %w", err)
		}
		return out, nil
	}
	f.Progress("asking dnf for llama-server")
	server, err := dnf(dnfQuery(LlamaServer)...)
	if err != nil {
		return haul{}, err
	}
	wanted := dnfNames(server.stdout)
	if len(wanted) == 0 {
		return haul{}, f.dnfFailed("dnf knows no package of it", server)
	}
	wanted = wanted[:1]
	if rpc, err := dnf(dnfQuery(RPC)...); err == nil {
		wanted = append(wanted, dnfNames(rpc.stdout)...)
	}
	f.Progress("downloading " + strings.Join(wanted, ", ") + " and what they need")
	out, err := dnf(append([]string{"download", "--resolve", "--alldeps", "--destdir", rpms}, wanted...)...)
	if err != nil {
		return haul{}, err
	}
	files, _ := filepath.Glob(filepath.Join(rpms, "*.rpm"))
	if out.code != 0 || len(files) == 0 {
		return haul{}, f.dnfFailed("downloading the packages failed", out)
	}
	f.Progress("unpacking")
	for _, file := range files {
		if err := f.unpackRPM(ctx, file, h.root); err != nil {
			return haul{}, err
		}
	}
	list, err := f.host.run(ctx, command{name: "rpm", args: append([]string{"-qp", "--nosignature", "--qf", `%{NAME} %{VERSION}-%{RELEASE}\n`}, files...)})
	if err != nil {
		return haul{}, fmt.Errorf("reading the downloaded packages: %w", err)
	}
	h.packages = rpmPackages(list.stdout)
	return h, nil
}

// dnfQuery asks which packages hold a tool, by the path of its file.
func dnfQuery(tool Tool) []string {
	args := []string{"repoquery", "--qf", `%{name}\n`}
	for _, name := range tool.names() {
		args = append(args, "--whatprovides", "*/"+name)
	}
	return args
}

// dnfNames keeps the names that are llama.cpp's out of what repoquery printed: other projects have
// an rpc-server too.
func dnfNames(text string) []string {
	names := slices.DeleteFunc(strings.Fields(text), func(name string) bool {
		return !strings.Contains(name, "llama") && !strings.Contains(name, "ggml")
	})
	slices.Sort(names)
	return slices.Compact(names)
}

func (f *finder) dnfFailed(reason string, out output) error {
	why, network := blame(out.text())
	if why != "" {
		reason += " (" + why + ")"
	}
	e := f.unavailable(LlamaServer, reason)
	e.Network = network
	return e
}

// unpackRPM turns a package into an archive in a file, and the archive into files.
func (f *finder) unpackRPM(ctx context.Context, file, root string) error {
	archive, err := os.CreateTemp(filepath.Dir(file), "*.cpio")
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", filepath.Base(file), err)
	}
	defer os.Remove(archive.Name())
	defer archive.Close()
	out, err := f.host.run(ctx, command{name: "rpm2cpio", args: []string{file}, out: archive})
	if err == nil && out.code == 0 {
		if _, err = archive.Seek(0, 0); err == nil {
			out, err = f.host.run(ctx, command{name: "cpio", args: []string{"-idm", "--quiet", "--no-absolute-filenames"}, dir: root, stdin: archive})
		}
	}
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", filepath.Base(file), err)
	}
	if out.code != 0 {
		return fmt.Errorf("unpacking %s: %s", filepath.Base(file), firstLines(out.stderr, 1))
	}
	return nil
}

// rpmPackages reads "NAME VERSION" lines.
func rpmPackages(text string) []Package {
	var all []Package
	for line := range strings.Lines(text) {
		if name, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			all = append(all, Package{name, version})
		}
	}
	slices.SortFunc(all, func(a, b Package) int { return strings.Compare(a.Name, b.Name) })
	return all
}
