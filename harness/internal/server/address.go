package server

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ctxcliff/harness/internal/process"
)

const loopback = "127.0.0.1"

// PortError is a port that cannot be used because somebody listens on it.
type PortError struct {
	Port    int
	PID     int // 0 unknown
	Process string
}

func (e *PortError) Error() string {
	who := "another program"
	if e.PID > 0 {
		who = fmt.Sprintf("pid %d (%s)", e.PID, e.Process)
	}
	return fmt.Sprintf("port %d is taken by %s; end it, or choose another with --port", e.Port, who)
}

// CheckPort is a [*PortError] when somebody listens on the port of the loopback, another error when
// it cannot be listened on at all, else nil.
func CheckPort(port int) error { return choosePort(&Options{Port: port}) }

// takeAddress moves --host and --port from the user's arguments to where we look for the server.
func (o *Options) takeAddress() error {
	var extra []string
	for i := 0; i < len(o.Extra); i++ {
		name := canonical(o.Extra[i])
		if name != "--host" && name != "--port" || i+1 == len(o.Extra) {
			extra = append(extra, o.Extra[i])
			continue
		}
		i++
		value := o.Extra[i]
		if name == "--host" {
			o.Host = value
			continue
		}
		port, err := strconv.Atoi(value)
		if err != nil || port < 0 || port > 65535 {
			return fmt.Errorf("--port %s among the server's arguments is not a port; give 1 to 65535", value)
		}
		o.Port = port
	}
	o.Extra = extra
	if strings.HasSuffix(o.dialHost(), ".sock") {
		return fmt.Errorf("--host %s among the server's arguments is a socket file; ctxcliff speaks to servers over TCP only", o.Host)
	}
	return nil
}

// dialHost is the address at which a server with these options is spoken to: the first that it
// listens on, the loopback when it listens on all.
func (o *Options) dialHost() string {
	first, _, _ := strings.Cut(o.Host, ",")
	switch first {
	case "", "0.0.0.0":
		return loopback
	case "::", "[::]":
		return "::1"
	}
	return strings.Trim(first, "[]")
}

func (o *Options) address() string { return net.JoinHostPort(o.dialHost(), strconv.Itoa(o.Port)) }

// choosePort lets the system choose a port where none is given, and proves that the port is free.
func choosePort(o *Options) error {
	l, err := net.Listen("tcp", o.address())
	if err != nil {
		return cannotListen(o, err)
	}
	o.Port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return err
	}
	return reach(o.dialHost())
}

// reach proves that what listens on an address of this machine can be spoken to: without its interface, as in a fresh
// network namespace whose loopback is down, a server listens there and nobody ever hears of it.
func reach(host string) error {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	c, err := net.DialTimeout("tcp", l.Addr().String(), 5*time.Second)
	if err != nil {
		return fmt.Errorf("what listens on %s cannot be reached from this machine: %w; bring its network interface up, the loopback with: ip link set lo up", host, err)
	}
	return c.Close()
}

// wsaAddressInUse is EADDRINUSE of Windows sockets; no other system has an error of this number.
const wsaAddressInUse = syscall.Errno(10048)

func cannotListen(o *Options, err error) error {
	switch {
	case o.Port != 0 && (errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaAddressInUse)):
		return foreign(o.Port)
	case o.Port != 0:
		return fmt.Errorf("port %d cannot be used: %w; choose another with --port", o.Port, err)
	}
	return fmt.Errorf("find a free port: %w", err)
}

func foreign(port int) error {
	pid, name, _ := process.ListenerPID(port)
	return &PortError{Port: port, PID: pid, Process: name}
}
