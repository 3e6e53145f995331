package plan

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// RemotePrefix begins a peer that we start on another host, over ssh.
const RemotePrefix = "ssh://"

// Remote is an rpc-server of our own on another host, written ssh://[user@]host[:port][?listen=ADDRESS].
// Of user, port and keys, what is not written is as ssh's configuration says; host may be an alias of it.
type Remote struct {
	User string
	Host string
	Port int // of ssh; 0 not written

	Listen  string // IPv4 address that the rpc-server listens on, and the server reaches it at; "" the one that ssh comes in at
	RPCPort int    // and its port, as in listen=ADDRESS:PORT; 0: a free one for each start
	Program string // path of the rpc-server on that host; "" rpc-server or ggml-rpc-server on its PATH
	Helper  string // file on this host: a ctxcliff that is built for that one; "" the one that runs
	Config  string // file on this host: ssh's configuration; "" the user's
}

// forms is what is said of a remote peer that cannot be read.
const forms = "write ssh://[user@]host[:port], with ?listen=ADDRESS, program=PATH, helper=FILE or config=FILE joined by & after it if need be"

// ParseRemote reads a remote peer; ok is false for a peer of another kind.
func ParseRemote(text string) (r Remote, ok bool, err error) {
	if !strings.HasPrefix(text, RemotePrefix) {
		return r, false, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return r, true, fmt.Errorf("%q is not a peer; %s", text, forms)
	}
	if _, secret := u.User.Password(); secret {
		return r, true, fmt.Errorf("%s%s: a password cannot be used; put a key there (ssh-copy-id)", RemotePrefix, u.Hostname())
	}
	r.User, r.Host = u.User.Username(), u.Hostname()
	if strings.HasPrefix(r.Host, "-") || strings.HasPrefix(r.User, "-") {
		return r, true, fmt.Errorf("%q begins like a flag of ssh; %s", text, forms)
	}
	if port := u.Port(); port != "" {
		if r.Port, err = portOf(port); err != nil {
			return r, true, fmt.Errorf("%q: %w", text, err)
		}
	}
	return r, true, r.query(text, u.RawQuery)
}

// query reads what stands after the question mark.
func (r *Remote) query(text, raw string) error {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return fmt.Errorf("%q: %w; %s", text, err, forms)
	}
	for name, list := range values {
		value := list[0]
		if len(list) > 1 || value == "" {
			return fmt.Errorf("%q: %s stands there %d times, or without a value; give it once", text, name, len(list))
		}
		switch name {
		case "listen":
			err = r.listen(value)
		case "program":
			r.Program = value
		case "helper":
			r.Helper = value
		case "config":
			r.Config = value
		default:
			err = fmt.Errorf("%s is not known; %s", name, forms)
		}
		if err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
	}
	return nil
}

// listen reads ADDRESS or ADDRESS:PORT.
func (r *Remote) listen(value string) (err error) {
	host, port, found := strings.Cut(value, ":")
	if found {
		if r.RPCPort, err = portOf(port); err != nil {
			return err
		}
	}
	if a, err := netip.ParseAddr(host); err != nil || !a.Is4() {
		return fmt.Errorf("listen=%s is no IPv4 address; give one that the host has, such as 10.0.0.2 or 10.0.0.2:50052", value)
	}
	r.Listen = host
	return nil
}

func portOf(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 65535 {
		return 0, fmt.Errorf("%q is no port; give one from 1 to 65535", text)
	}
	return n, nil
}

// Remotes are the peers of the topology that we start on other hosts.
func (t Topology) Remotes() (list []Remote) {
	for _, p := range t.Peers {
		if r, ok, err := ParseRemote(p); ok && err == nil {
			list = append(list, r)
		}
	}
	return list
}
