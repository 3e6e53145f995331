package reports

import (
	"net/netip"
	"regexp"
	"strings"
)

var (
	ipCandidate = regexp.MustCompile(`(?:[0-9A-Fa-f]*:){2,}\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:]*(?:%[\w.-]+)?|\d{1,3}(?:\.\d{1,3}){3}`)
	// versionWord stands before numbers that look like an address and are a version.
	versionWord = regexp.MustCompile(`(?i)(?:\b(?:version|ver|rocm|cuda|driver|firmware|vulkan|mesa|hip)[\s=:("'v-]*|[a-z]|\.)$`)
	// logTime is how llama-server's log begins its lines: minutes, seconds, milli- and microseconds.
	logTime = regexp.MustCompile(`^ [IWEDN] `)
)

// addresses replaces IP addresses but those that every machine has.
func (r *Redactor) addresses(text string) string {
	if strings.Count(text, ".") < 3 && strings.Count(text, ":") < 2 {
		return text
	}
	return replaceWhere(text, ipCandidate, func(m found) (string, bool) {
		tail := ""
		if cut, ok := strings.CutSuffix(m.text, ":"); ok && !strings.HasSuffix(cut, ":") {
			m.text, tail, m.after = cut, ":", ':'
		}
		for head := ""; ; { // repeat:fd00::17
			if a, ok := address(m.text); ok && tells(a, m) {
				return head + r.placeholder("ip", a.WithZone("").Unmap().String()) + tail, true
			}
			at := strings.IndexByte(m.text, ':') + 1
			if at == 0 {
				return "", false
			}
			head, m.text, m.before = head+m.text[:at], m.text[at:], ':'
		}
	})
}

// tells is false for what every machine has and for what is no address.
func tells(a netip.Addr, m found) bool {
	if a.IsLoopback() || a.IsUnspecified() || a == broadcast {
		return false
	}
	return a.Is4() && !looksLikeVersion(a, m) || a.Is6() && plainlyIPv6(a, m)
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// looksLikeVersion tells versions, and the times of a log, from addresses. In doubt it is an address.
func looksLikeVersion(a netip.Addr, m found) bool {
	moreParts := m.after == '.' && len(m.tail) > 1 && '0' <= m.tail[1] && m.tail[1] <= '9'
	certain := strings.HasPrefix(m.text, "192.168.") || a.IsLinkLocalUnicast()
	return moreParts || isWord(m.after) && m.after < 0x80 && !certain ||
		versionWord.MatchString(m.head[max(0, len(m.head)-24):]) && !certain ||
		len(m.head) == 0 && logTime.MatchString(m.tail)
}

// plainlyIPv6 tells addresses from times, bus addresses, and the :: of C++.
func plainlyIPv6(a netip.Addr, m found) bool {
	if isWord(m.before) || m.before == '_' || isWord(m.after) || m.after == '_' || m.after == '(' {
		return false
	}
	if a.Is4In6() {
		return !a.Unmap().IsLoopback()
	}
	first := a.As16()[0]
	return !strings.Contains(m.text, "::") || first&0xe0 == 0x20 || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast()
}

var (
	macAddress = regexp.MustCompile(`(?i)[0-9a-f]{2}(?::[0-9a-f]{2}){5,7}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}`)
	uuidForm   = regexp.MustCompile(`(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}`)
	pairBefore = regexp.MustCompile(`(?i)[0-9a-f]{2}[:-]$`)
	gpuNumber  = regexp.MustCompile(`(GPU-)([0-9a-f]{16})\b`)
	serialForm = regexp.MustCompile(`(?i)(\b(?:serial(?:[ _-]?(?:number|no))?|unique[ _-]?id)["']?\s*(?:[:=]|is)\s*["']?)([0-9a-z][0-9a-z-]{5,})`)
)

// hardware replaces what names one piece of hardware. Bus addresses name a slot and stay.
func (r *Redactor) hardware(text string) string {
	if strings.ContainsAny(text, "-:=") {
		text = replaceWhere(text, uuidForm, func(m found) (string, bool) {
			return r.placeholder("uuid", m.text), !isWord(m.before) && !isWord(m.after)
		})
		text = replaceWhere(text, macAddress, func(m found) (string, bool) {
			clear := !isWord(m.before) && !pairBefore.MatchString(m.head) && !isWord(m.after) && m.after != ':' && m.after != '-'
			return r.placeholder("mac", strings.ReplaceAll(m.text, "-", ":")), clear
		})
		text = replaceWhere(text, gpuNumber, func(m found) (string, bool) { return m.groups[1] + r.placeholder("uuid", m.groups[2]), true })
		text = replaceWhere(text, serialForm, func(m found) (string, bool) {
			return m.groups[1] + r.placeholder("serial", m.groups[2]), strings.ContainsAny(m.groups[2], "0123456789") && !strings.HasPrefix(m.groups[2], "serial-")
		})
	}
	return text
}
