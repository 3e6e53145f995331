package shapes

import "strconv"

// newLines is a log as machines write it: JSON objects and plain lines, full of numbers. Time stamps
// count up from a moment that the seed chooses; no clock is read.
func newLines(Span) *source {
	l := newLexicon()
	g := newGrammar(l, lineRules())
	numbers := newNumbers(l)
	jsonHead, jsonMiddle := l.addText(nil, `{"ts":"`), l.addText(nil, `Z","seq":`)
	plainHead, plainMiddle := l.addText(nil, "["), l.addText(nil, "] #")
	jsonRest, plainRest := g.class("json", ""), g.class("plain", "")
	return &source{pieces: l.pieces, start: func(seed uint64) generator {
		r := newRNG(seed, "lines")
		c := clock{numbers: numbers, millis: uint64(r.below(365 * 24 * 3600 * 1000))}
		sequence := r.below(1000000)
		return func(dst []Symbol) []Symbol {
			c.millis += uint64(1 + r.below(3000))
			sequence++
			head, middle, rest := jsonHead, jsonMiddle, jsonRest
			if r.below(3) == 0 {
				head, middle, rest = plainHead, plainMiddle, plainRest
			}
			dst = c.append(append(dst, head...))
			dst = numbers.grouped(append(dst, middle...), sequence)
			return rest.expand(r, dst)
		}
	}}
}

// clock is a made-up moment, counted in milliseconds within a made-up year.
type clock struct {
	*numbers
	millis uint64
}

// append writes the moment as 2031-02-03T04:05:06.789; the days of all months are 28.
func (c *clock) append(dst []Symbol) []Symbol {
	ms := c.millis
	day := ms / (24 * 3600 * 1000)
	year := 2031 + day/(12*28)
	dst = append(dst, c.three[year/10], c.one[year%10], c.dash, c.two[day/28%12+1], c.dash, c.two[day%28+1], c.t)
	dst = append(dst, c.two[ms/3600000%24], c.colon, c.two[ms/60000%60], c.colon, c.two[ms/1000%60])
	return append(dst, c.dot, c.three[ms%1000])
}

// numbers are the pieces that numbers are written with: groups of up to three digits, from the left.
type numbers struct {
	one, two, three     []Symbol
	dash, t, colon, dot Symbol
}

func newNumbers(l *lexicon) *numbers {
	n := &numbers{dash: l.add("-"), t: l.add("T"), colon: l.add(":"), dot: l.add(".")}
	for i := range 1000 {
		digits := string([]byte{'0' + byte(i/100), '0' + byte(i/10%10), '0' + byte(i%10)})
		if i < 10 {
			n.one = append(n.one, l.add(digits[2:]))
		}
		if i < 100 {
			n.two = append(n.two, l.add(digits[1:]))
		}
		n.three = append(n.three, l.add(digits))
	}
	return n
}

// grouped writes a number below a thousand million without leading zeros.
func (n *numbers) grouped(dst []Symbol, v int) []Symbol {
	switch {
	case v < 10:
		return append(dst, n.one[v])
	case v < 100:
		return append(dst, n.two[v])
	case v < 1000:
		return append(dst, n.three[v])
	case v < 10000:
		return append(dst, n.three[v/10], n.one[v%10])
	case v < 100000:
		return append(dst, n.three[v/100], n.two[v%100])
	}
	return append(n.grouped(dst, v/1000), n.three[v%1000])
}

func lineRules() rules {
	return rules{
		"json": lines(`
			,"level":"«level»","service":"«service»","msg":"«message»","latency_ms":«d3».«d2»,"status":«status»}\n
			,"level":"«level»","host":"«service»-«d2»","event":"«event»","bytes":«d3»«d3»,"ratio":0.«d3»«d2»,"ok":«bool»}\n
			,"service":"«service»","user":"u«d3»«d3»","route":"/«path»/«d3»/«path»","method":"«method»","status":«status»,"us":«d3»«d2»}\n
			,"trace":"«hex»«hex»-«hex»-«hex»","span":«d3»,"parent":null,"name":"«service».«event»","tags":["«event»","«path»",«d3»]}\n
			,"metric":"«service»_«event»_total","value":«d3»«d3».«d2»,"labels":{"zone":"«zone»","shard":«d2»},"p50":«d2».«d1»,"p99":«d3».«d1»}\n`),
		"plain": lines(`
			 «LEVEL» «service»: «message» (code=«status», took «d3» ms)\n
			 «LEVEL» «service»[«d3»«d2»]: «event» from 10.«d2».«d3».«d2» port «d3»«d2»: «message»\n
			 «method» /«path»/«path»/«d3»«d3» «status» «d3»«d2» «d1».«d3»\n
			 «LEVEL» worker-«d2» «message»; queue=«d3» used=«d2».«d1»% free=«d3»«d3»kB\n
			 «LEVEL» checksum «hex»«hex»«hex» of block «d3»«d3» differs: expected «hex»«hex», offset «d3»«d3»\n`),
		"level":   words("info info info debug warn error"),
		"LEVEL":   words("INFO INFO INFO DEBUG WARN ERROR"),
		"service": words("gateway auth billing search cache scheduler ingest storage mailer router indexer payments sessions reports proxy backup"),
		"event":   words("connect close retry timeout flush commit rollback refresh evict start stop upload download resize login logout sync merge"),
		"path":    words("api users orders items images search files teams metrics invoices events jobs devices docs admin v1 v2 v3"),
		"zone":    words("north south east west central"),
		"method":  words("GET GET POST PUT DELETE PATCH"),
		"status":  words("200 200 200 201 204 301 304 400 401 403 404 409 429 500 502 503"),
		"bool":    words("true false"),
		"message": lines(`
			request completed
			connection reset by peer
			retrying after back-off
			cache miss
			cache hit
			slow query
			token expired
			user not found
			disk almost full
			leader elected
			queue drained
			snapshot written
			certificate renewed
			rate limit reached
			configuration reloaded
			heartbeat missed
			job finished
			payload too large
			lock acquired
			lock released`),
		"d1":  numbered(1),
		"d2":  numbered(2),
		"d3":  numbered(3),
		"hex": hexWords(),
	}
}

// numbered are the numbers of so many digits, without leading zeros.
func numbered(digits int) []string {
	low := map[int]int{1: 0, 2: 10, 3: 100}[digits]
	high := map[int]int{1: 10, 2: 100, 3: 1000}[digits]
	var list []string
	for i := low; i < high; i++ {
		list = append(list, strconv.Itoa(i))
	}
	return list
}

// hexWords are 256 groups of four hexadecimal digits that look random.
func hexWords() []string {
	list := make([]string, 256)
	for i := range list {
		v := uint16(i*40503 + 12345)
		v ^= v >> 7
		for shift := 12; shift >= 0; shift -= 4 {
			list[i] += "0123456789abcdef"[v>>shift&15 : v>>shift&15+1]
		}
	}
	return list
}
