package harness

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"ctxcliff/harness/internal/peer"
	"ctxcliff/harness/internal/server"
	"ctxcliff/harness/trial"
)

// The RPC protocol compares no more than its own version, and none of its patches: hosts of two builds work
// together until something differs. So the builds themselves are compared, as far as they can be known.

// hash is a commit, where a distribution has not put a word of its own there.
var hash = regexp.MustCompile(`^[0-9a-f]{7,40}$`)

// sameBuild reports whether two programs are of one build; known is false where too little is known to say.
// Numbers count commits and differ between checkouts of different depth, so that commits decide where both
// are told.
func sameBuild(a, b trial.Binary) (same, known bool) {
	switch {
	case hash.MatchString(a.Commit) && hash.MatchString(b.Commit):
		n := min(len(a.Commit), len(b.Commit))
		return a.Commit[:n] == b.Commit[:n], true
	case a.Build > 0 && b.Build > 0:
		return a.Build == b.Build, true
	}
	return false, false
}

// buildInWords is "build 11669 (commit f20469d91)".
func buildInWords(b trial.Binary) string {
	words := fmt.Sprintf("build %d", b.Build)
	if b.Build == 0 {
		words = "a build without a number"
	}
	if b.Commit != "" {
		words += fmt.Sprintf(" (commit %s)", b.Commit)
	}
	return words
}

// sibling is what is known of the build of an rpc-server.
type sibling struct {
	trial.Binary        // Path is the llama-server that told
	known        bool   // there was one
	why          string // why not, in a sentence's rest that names the peer
}

// siblingOf reads what a llama-server that was installed with a peer said of itself.
func siblingOf(said, by, program string) sibling {
	caps, ok := server.ReadVersion(said)
	if by == "" || !ok {
		return sibling{why: fmt.Sprintf("the build of its rpc-server %s is not known: it tells no more than its protocol's version, and no llama-server was installed with it that would", program)}
	}
	return sibling{known: true, Binary: trial.Binary{Path: by, Version: caps.Version, Build: caps.Build, Commit: caps.Commit}}
}

// unlikeOurs says how a peer's build differs from the server's; "" it does not, as far as is known.
func (lab *Lab) unlikeOurs(who string, s sibling) string {
	if same, known := sameBuild(lab.Binary, s.Binary); !s.known || same || !known {
		return ""
	}
	return fmt.Sprintf("%s is of %s, as %s beside it says, and llama-server of %s; run the same build on all hosts", who, buildInWords(s.Binary), s.Path, buildInWords(lab.Binary))
}

// localSibling is that of the rpc-server that local peers run. One that lies beside the server is of its
// build.
func (lab *Lab) localSibling(ctx context.Context) sibling {
	if lab.localBuild == nil {
		s := sibling{known: true, Binary: lab.Binary}
		if program := lab.peerCommand[0]; filepath.Dir(program) != filepath.Dir(lab.Target.Server) || !strings.ContainsRune(program, '/') {
			said, by := peer.Build(ctx, lab.Target.Launch, program, lab.env)
			s = siblingOf(said, by, program)
		}
		lab.localBuild = &s
	}
	return *lab.localBuild
}

// sibling is what is known of the build of a peer of ours.
func (l *life) sibling(ctx context.Context, c companion) sibling {
	switch {
	case c.remote == nil:
		return l.lab.localSibling(ctx)
	case !c.outpost.up():
		return sibling{} // it will be said why
	}
	program, said, by, err := c.outpost.link.Build(ctx, c.remote.Program)
	if err != nil {
		return sibling{}
	}
	return siblingOf(said, by, program)
}

// compareBuilds says which peer of ours is of another build than the server; "" none is, as far as is known.
// Of which nothing is known goes into the record.
func (l *life) compareBuilds(ctx context.Context) (unlike string) {
	if l.lab.simulated() {
		return ""
	}
	for _, c := range l.peers {
		if !c.ours() {
			continue
		}
		s := l.sibling(ctx, c)
		if why := l.lab.unlikeOurs(c.name, s); why != "" {
			return why
		}
		if s.why != "" {
			l.start.Unobserved = append(l.start.Unobserved, c.name+": "+s.why)
		}
	}
	return ""
}
