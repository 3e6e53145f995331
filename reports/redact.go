package reports

import (
	"fmt"
	"slices"
	"strings"

	"ctxcliff/harness/faults"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// Identity is what whoever renders a report knows of the machine: names that must not show in it.
type Identity struct {
	Hosts []string // of the machine; "" is ignored
	Users []string
}

// Redactor replaces what tells where and by whom a run was made by placeholders: addresses (ip-1),
// names of hosts (host-1) and users (user-1), home directories (~), keys (key-1), e-mail addresses
// (mail-1), hardware addresses (mac-1), serial numbers (serial-1) and UUIDs (uuid-1). The same value is
// the same placeholder throughout, numbered in the order of first appearance.
//
// A value is found by its form, or because it stands where a name must be: a home directory, an endpoint,
// behind ssh, in a URL or the head of a line of syslog. Names that were found once are replaced wherever
// they stand. Names that are ordinary words here (server, gpu, root) are replaced only in such places.
// Loopback and unspecified addresses, bus addresses of devices, versions, sizes, times, pointers and
// file:line are left alone. What has no form and stands nowhere telling, such as a surname in a note,
// cannot be found.
//
// The nil Redactor leaves everything as it is.
type Redactor struct {
	given   map[string]string // value, in one spelling: placeholder
	count   map[string]int    // placeholders of each kind
	hosts   names
	users   names
	secrets names
	done    map[string]string // texts that were redacted before
}

// NewRedactor is for one report, or for several that are to share their placeholders.
func NewRedactor(known Identity) *Redactor {
	r := &Redactor{given: map[string]string{}, count: map[string]int{}, done: map[string]string{}}
	for _, h := range known.Hosts {
		r.hosts.learn(h)
		short, _, _ := strings.Cut(h, ".")
		r.hosts.learn(short)
	}
	for _, u := range known.Users {
		r.users.learn(u)
	}
	return r
}

// Summary is the summary with nothing sensitive in it. Renderers read nothing else, so no format of it has
// any.
func (r *Redactor) Summary(s Summary) Summary {
	if r == nil {
		return s
	}
	r.learnHosts(s.PeerHosts())
	r.learnUsers(s.Run.Target.Topology)
	return redacted(r, s)
}

// Bugs are the bugs with nothing sensitive in them; their ids stay.
func (r *Redactor) Bugs(list []trial.Bug) []trial.Bug {
	if r == nil {
		return list
	}
	for _, b := range list {
		for _, s := range []trial.Sighting{b.Shortest, b.Latest} {
			r.learnHosts(hostsOf(s.Cell.Configuration.Target.Topology.Peers))
			r.learnUsers(s.Cell.Configuration.Target.Topology)
		}
	}
	return redacted(r, list)
}

// Difference is the difference with nothing sensitive in it; the ids of its bugs stay.
func (r *Redactor) Difference(d Difference) Difference {
	if r == nil {
		return d
	}
	return redacted(r, d)
}

// Fault is the fault with nothing sensitive in it. Its signature may then be another one: take the id
// before.
func (r *Redactor) Fault(f faults.Fault) faults.Fault {
	if r == nil {
		return f
	}
	return redacted(r, f)
}

// Text is one text with nothing sensitive in it that its form, or what was redacted before, tells.
func (r *Redactor) Text(text string) string {
	if r == nil {
		return text
	}
	return redacted(r, text)
}

func (r *Redactor) learnHosts(list []string) {
	for _, host := range list {
		r.hosts.learn(host)
	}
}

// learnUsers learns who peers on other hosts are started as.
func (r *Redactor) learnUsers(t plan.Topology) {
	for _, remote := range t.Remotes() {
		if remote.User != "" {
			r.users.learn(remote.User)
		}
	}
}

// PeerHosts are the names of the hosts of the run's rpc-servers; those that are addresses are left out.
func (s Summary) PeerHosts() []string {
	list := hostsOf(s.Run.Target.Topology.Peers)
	for _, st := range s.Starts {
		for _, p := range st.Peers {
			list = append(list, hostsOf([]string{p.Endpoint})...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// hostsOf are the names of hosts in endpoints.
func hostsOf(endpoints []string) []string {
	var list []string
	for _, e := range endpoints {
		host := e
		if r, remote, err := plan.ParseRemote(e); remote && err == nil {
			host = r.Host
		} else if at := strings.LastIndexByte(e, ':'); at >= 0 {
			host = e[:at]
		}
		if _, isAddress := address(host); !isAddress && !isPublic(host) {
			list = append(list, host)
		}
	}
	return list
}

// placeholder is what stands for a value of a kind; equal values, whatever their case, have the same.
func (r *Redactor) placeholder(kind, value string) string {
	key := kind + "\x00" + strings.ToLower(value)
	if p, known := r.given[key]; known {
		return p
	}
	r.count[kind]++
	p := fmt.Sprintf("%s-%d", kind, r.count[kind])
	r.given[key] = p
	return p
}
