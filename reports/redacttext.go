package reports

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// list redacts texts that stand side by side: of a command line, one element says what the next is.
func (r *Redactor) list(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		if key, ok := keyAt(texts, i); ok {
			out[i] = strings.TrimSuffix(text, key) + r.placeholder("key", key)
			continue
		}
		out[i] = r.text(text)
	}
	return out
}

// text redacts one text. Escape sequences of terminals, and the %XX of shapes, are seen through; they stay
// where nothing sensitive was behind them.
func (r *Redactor) text(text string) string {
	if out, known := r.done[text]; known {
		return out
	}
	plain := decoded(text)
	out := r.plain(plain)
	if out == plain {
		out = text
	}
	r.done[text] = out
	return out
}

var percentEscape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// decoded is the text without escape sequences and with every %XX as the character that it stands for.
func decoded(text string) string {
	if strings.ContainsAny(text, "\x1b\u009b") {
		text = escapes.ReplaceAllString(text, "")
	}
	if !strings.Contains(text, "%") {
		return text
	}
	return percentEscape.ReplaceAllStringFunc(text, func(m string) string {
		return string(rune(unhexed(m[1])<<4 | unhexed(m[2])))
	})
}

func unhexed(c byte) int { return strings.IndexByte("0123456789abcdef", c|0x20) }

// plain replaces kind after kind; what is longer and more certain comes first.
func (r *Redactor) plain(text string) string {
	for _, key := range keysIn(text) {
		text = strings.ReplaceAll(text, key, r.placeholder("key", key))
	}
	text = r.secrets.replace(text, r.of("key"))
	text = r.homes(text)
	text = r.mail(text)
	text = r.hardware(text)
	text = r.addresses(text)
	text = r.endpoints(text)
	text = r.hosts.replace(text, r.of("host"))
	return r.users.replace(text, r.of("user"))
}

func (r *Redactor) of(kind string) func(string) string {
	return func(value string) string { return r.placeholder(kind, value) }
}

var (
	unixHome    = regexp.MustCompile(`(?:/var)?/(?:home|Users)/` + userName)
	rootHome    = regexp.MustCompile(`/root`)
	windowsHome = regexp.MustCompile(`(?i)[a-z]:(\\{1,2}|/)Users(?:\\{1,2}|/)([^\s\\/:;*?"<>|]+(?: [^\s\\/:;*?"<>|]+)*(?:\\|/)|[^\s\\/:;*?"<>|,')]+)`)
	mediaHome   = regexp.MustCompile(`(/(?:run/)?media/)` + userName + `/`)
	userIs      = regexp.MustCompile(`\b((?:USER|USERNAME|LOGNAME)=)` + userName)
)

// systemHomes lie where homes do and belong to nobody.
var systemHomes = []string{"linuxbrew", "Shared", "Public", "~"}

func (r *Redactor) homes(text string) string {
	if !strings.ContainsAny(text, `/\=`) {
		return text
	}
	text = replaceWhere(text, unixHome, func(m found) (string, bool) {
		if isWord(m.before) { // /mnt/disk/home/x: a home, but not this machine's
			return strings.TrimSuffix(m.text, m.groups[1]) + r.placeholder("user", m.groups[1]), true
		}
		return "~", !slices.Contains(systemHomes, m.groups[1])
	})
	text = replaceWhere(text, rootHome, func(m found) (string, bool) {
		inside := isWord(m.before) || strings.IndexByte(".-_~", m.before) >= 0 && m.before != 0
		return "~", !inside && !isWord(m.after) && (m.after == 0 || strings.IndexByte("-_.", m.after) < 0 || endsSentence(m.tail))
	})
	text = replaceWhere(text, windowsHome, func(m found) (string, bool) {
		name := m.groups[2]
		if last := name[len(name)-1]; last == '\\' || last == '/' {
			return "~" + name[len(name)-1:], true
		}
		return "~", true
	})
	text = replaceWhere(text, mediaHome, func(m found) (string, bool) {
		return m.groups[1] + r.placeholder("user", m.groups[2]) + "/", true
	})
	return replaceWhere(text, userIs, func(m found) (string, bool) { return m.groups[1] + r.placeholder("user", m.groups[2]), true })
}

// endsSentence is true for a mark that nothing of the same word follows.
func endsSentence(tail string) bool { return len(tail) == 1 || !isWord(tail[1]) }

var (
	mailAddress = regexp.MustCompile(`[A-Za-z0-9][\w.+-]*@[A-Za-z0-9][\w-]*(?:\.[\w-]+)*\.[A-Za-z]{2,}`)
	urlLogin    = regexp.MustCompile(`://([^/\s:@]+)(:[^/\s@]*)?@`)
	hidden      = regexp.MustCompile(`^(?:key|user)-\d+@`)
	sshLogin    = regexp.MustCompile(`([A-Za-z_][\w.+-]*)@([A-Za-z][\w-]*(?:\.[\w-]+)*|\[?[0-9A-Fa-f:.]{7,}\]?)`)
)

// mail replaces e-mail addresses, and the user of user@host.
func (r *Redactor) mail(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	text = replaceWhere(text, urlLogin, func(m found) (string, bool) {
		return "://" + r.placeholder("user", m.groups[1]) + m.groups[2] + "@", true
	})
	text = replaceWhere(text, mailAddress, func(m found) (string, bool) {
		return r.placeholder("mail", m.text), !strings.Contains(m.head, "ssh ") && !hidden.MatchString(m.text) && !fileLike.MatchString(m.text)
	})
	return replaceWhere(text, sshLogin, func(m found) (string, bool) {
		host := m.groups[2]
		if fileLike.MatchString(host) || hidden.MatchString(m.text) {
			return "", false
		}
		if _, isAddress := address(strings.Trim(host, "[]")); !isAddress {
			host = r.placeholder("host", host)
		}
		return r.placeholder("user", m.groups[1]) + "@" + host, true
	})
}

var endpoint = regexp.MustCompile(`^[A-Za-z][\w.-]*:\d{2,5}$|(?i)\brpc\d*\[[a-z][\w.-]*:\d{2,5}\]`)

// endpoints replaces the host of a text that is an endpoint and nothing else, however ordinary its name.
func (r *Redactor) endpoints(text string) string {
	return replaceWhere(text, endpoint, func(m found) (string, bool) {
		open, colon := strings.IndexByte(m.text, '[')+1, strings.LastIndexByte(m.text, ':')
		host := m.text[open:colon]
		if isPublic(host) || fileLike.MatchString(host) || isPlaceholder(host) || host == "sim" {
			return "", false
		}
		return m.text[:open] + r.placeholder("host", host) + m.text[colon:], true
	})
}

// address parses an IP address with or without a zone.
func address(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	return a, err == nil
}
