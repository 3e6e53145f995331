package provision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// haul is what a package manager brought: an unpacked root and what is in it.
type haul struct {
	root     string    // folder that stands for /
	packages []Package // sorted by name
	source   string    // SourceApt or SourceDnf
	from     string    // where from, for people
}

// aptRun is one attempt to obtain the tools by apt. Everything it writes lies below stage.
type aptRun struct {
	*finder
	stage string
	arch  string
}

// errNoPackage says that the asked sources hold no llama-server.
var errNoPackage = errors.New("no package of llama-server")

// fetchApt asks each plan in turn and unpacks the first answer into stage/tree/root.
func (f *finder) fetchApt(ctx context.Context, stage string) (haul, error) {
	a := aptRun{finder: f, stage: stage}
	out, err := f.host.run(ctx, command{name: "dpkg", args: []string{"--print-architecture"}})
	if err != nil {
		return haul{}, fmt.Errorf("asking dpkg for the architecture: %w", err)
	}
	a.arch = strings.TrimSpace(out.stdout)
	sources, lists, err := a.systemSources(ctx)
	if err != nil {
		return haul{}, err
	}
	plans := aptPlans(sources, f.host.release(), a.arch, a.systemSaysNo(ctx, lists))
	var trouble error
	var asked []string
	unreached := map[string]bool{} // mirrors that are not asked for another release
	for n, plan := range plans {
		if mirror := plan.mirror(); unreached[mirror] {
			continue
		}
		dirs := newAptDirs(filepath.Join(stage, fmt.Sprintf("apt-%d", n)))
		wanted, err := a.resolve(ctx, plan, dirs)
		if err == nil {
			return a.unpack(ctx, dirs, plan, wanted)
		}
		if ctx.Err() != nil {
			return haul{}, context.Cause(ctx)
		}
		f.Log.Debug().Str("plan", plan.label).Err(err).Msg("apt plan gave nothing")
		asked = append(asked, plan.label)
		var cannot *UnavailableError
		network := errors.As(err, &cannot) && cannot.Network
		if network && plan.mirror() != "" {
			unreached[plan.mirror()] = true
		}
		if trouble == nil || errors.Is(trouble, errNoPackage) {
			trouble = err
		}
	}
	if trouble != nil && !errors.Is(trouble, errNoPackage) {
		return haul{}, trouble
	}
	reason := "apt's configuration names no mirror of this distribution that could be asked"
	if len(asked) > 0 {
		reason = "there is no package of it in " + strings.Join(asked, ", nor in ")
	}
	return haul{}, f.unavailable(LlamaServer, reason)
}

// systemSources reads the sources that the system's apt is configured with, and the folder of its lists.
func (a aptRun) systemSources(ctx context.Context) (sources []aptSource, lists string, err error) {
	out, err := a.host.run(ctx, command{name: "apt-config", args: []string{"shell",
		"LIST", "Dir::Etc::sourcelist/f", "PARTS", "Dir::Etc::sourceparts/d", "LISTS", "Dir::State::lists/d"}})
	if err != nil {
		return nil, "", fmt.Errorf("reading apt's configuration: %w", err)
	}
	places := parseShell(out.stdout)
	oneLine := []string{places["LIST"]}
	more, _ := filepath.Glob(filepath.Join(places["PARTS"], "*.list"))
	oneLine = append(oneLine, more...)
	stanzas, _ := filepath.Glob(filepath.Join(places["PARTS"], "*.sources"))
	for _, file := range stanzas {
		if text, err := os.ReadFile(file); err == nil {
			sources = append(sources, parseDeb822(string(text))...)
		}
	}
	for _, file := range oneLine {
		if text, err := os.ReadFile(file); err == nil {
			sources = append(sources, parseOneLine(string(text))...)
		}
	}
	return sources, places["LISTS"], nil
}

// systemSaysNo reports whether the lists that the system has already downloaded rule out the
// configured releases. Without lists it cannot say, and the answer is false.
func (a aptRun) systemSaysNo(ctx context.Context, lists string) bool {
	have, _ := filepath.Glob(filepath.Join(lists, "*_Packages*"))
	if len(have) == 0 {
		return false
	}
	out, err := a.host.run(ctx, command{name: "apt-cache", args: append([]string{"policy"}, serverPackages...)})
	return err == nil && out.code == 0 && !hasCandidate(out.stdout)
}

// resolve reads the plan's lists and asks apt's resolver what llama-server needs, with the RPC
// packages where they can be had as well.
func (a aptRun) resolve(ctx context.Context, plan aptPlan, dirs aptDirs) ([]download, error) {
	if err := a.prepare(plan, dirs); err != nil {
		return nil, err
	}
	a.Progress("reading the package lists of " + plan.label)
	update, err := a.apt(ctx, dirs, "apt-get", "-q", "update")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, prefix := range []string{"llama", "ggml", "libggml"} {
		out, err := a.apt(ctx, dirs, "apt-cache", "pkgnames", prefix)
		if err != nil {
			return nil, err
		}
		names = append(names, strings.Fields(out.stdout)...)
	}
	chosen := choosePackages(names)
	if chosen.server == "" {
		return nil, a.nothingIn(plan, update)
	}
	for _, wanted := range [][]string{append([]string{chosen.server}, chosen.rpc...), {chosen.server}} {
		args := append([]string{"-q", "-y", "--no-install-recommends", "--print-uris", "install"}, wanted...)
		out, err := a.apt(ctx, dirs, "apt-get", args...)
		if err != nil {
			return nil, err
		}
		if all := parseURIs(out.stdout); out.code == 0 && len(all) > 0 {
			return all, nil
		}
		why, _ := blame(out.text())
		a.Log.Debug().Strs("packages", wanted).Msg("apt cannot resolve: " + why)
	}
	return nil, a.nothingIn(plan, update)
}

// prepare writes the private configuration and makes its folders.
func (a aptRun) prepare(plan aptPlan, dirs aptDirs) error {
	for _, dir := range dirs.needed() {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("preparing apt's private folders: %w", err)
		}
	}
	if err := os.WriteFile(dirs.conf, []byte(aptConf(dirs, a.arch)), 0o644); err != nil {
		return fmt.Errorf("preparing apt's private folders: %w", err)
	}
	sources := filepath.Join(dirs.parts, "ctxcliff.sources")
	if err := os.WriteFile(sources, []byte(deb822(plan.sources)), 0o644); err != nil {
		return fmt.Errorf("preparing apt's private folders: %w", err)
	}
	return nil
}

// apt runs one of apt's programs on the private configuration.
func (a aptRun) apt(ctx context.Context, dirs aptDirs, program string, args ...string) (output, error) {
	out, err := a.host.run(ctx, command{name: program, args: append([]string{"-c", dirs.conf}, args...), dir: dirs.debs})
	a.Log.Trace().Str("program", program).Strs("args", args).Int("status", out.code).Str("stderr", out.stderr).Msg("ran")
	if err != nil {
		return out, fmt.Errorf("running %s: %w", program, err)
	}
	return out, nil
}

// nothingIn explains why a plan gave no llama-server: the mirror was not reached, apt failed, or
// there is no such package.
func (a aptRun) nothingIn(plan aptPlan, update output) error {
	why, network := blame(update.text())
	switch {
	case network:
		e := a.unavailable(LlamaServer, "the package mirror cannot be reached ("+plan.label+": "+why+")")
		e.Network = true
		return e
	case why != "" && !strings.Contains(why, "does not have a Release file"):
		return a.unavailable(LlamaServer, "apt cannot read "+plan.label+": "+why)
	}
	return errNoPackage
}

// unpack downloads the packages and unpacks them into stage/tree/root. apt checks their hashes
// against the signed lists.
func (a aptRun) unpack(ctx context.Context, dirs aptDirs, plan aptPlan, wanted []download) (haul, error) {
	h := haul{root: filepath.Join(a.stage, "tree", "root"), source: SourceApt, from: plan.label}
	var total int64
	args := []string{"-q", "download"}
	for _, d := range wanted {
		total += d.size
		args = append(args, d.Name+"="+d.Version)
		h.packages = append(h.packages, d.Package)
	}
	if err := enoughSpace(a.stage, total*unpackedFactor); err != nil {
		return haul{}, err
	}
	a.Progress(fmt.Sprintf("downloading %d packages, %.1f MB", len(wanted), float64(total)/1e6))
	out, err := a.apt(ctx, dirs, "apt-get", args...)
	if err != nil {
		return haul{}, err
	}
	if out.code != 0 {
		why, network := blame(out.text())
		e := a.unavailable(LlamaServer, "downloading the packages failed: "+why)
		e.Network = network
		return haul{}, e
	}
	debs, _ := filepath.Glob(filepath.Join(dirs.debs, "*.deb"))
	if len(debs) != len(wanted) {
		return haul{}, fmt.Errorf("downloading the packages: apt left %d of %d files; run this again", len(debs), len(wanted))
	}
	a.Progress("unpacking")
	if err := os.MkdirAll(h.root, 0o755); err != nil {
		return haul{}, fmt.Errorf("unpacking the packages: %w", err)
	}
	for _, deb := range debs {
		out, err := a.host.run(ctx, command{name: "dpkg-deb", args: []string{"-x", deb, h.root}})
		if err != nil {
			return haul{}, fmt.Errorf("unpacking %s: %w", filepath.Base(deb), err)
		}
		if out.code != 0 {
			return haul{}, fmt.Errorf("unpacking %s: %s", filepath.Base(deb), firstLines(out.stderr, 1))
		}
	}
	return h, nil
}
