package shapes

import "strings"

// newUnicode is text that strains tokenizers and byte counters: many scripts, emoji with joiners, stacks
// of combining marks, direction marks, non-characters. All of it is valid UTF-8.
func newUnicode(Span) *source {
	l := newLexicon()
	unit := newGrammar(l, unicodeRules()).class("unit", "")
	return &source{pieces: l.pieces, start: func(seed uint64) generator {
		r := newRNG(seed, "unicode")
		return func(dst []Symbol) []Symbol { return unit.expand(r, dst) }
	}}
}

func unicodeRules() rules {
	return rules{
		"unit": lines(`
			«greek» «greek» «greek» «emoji» «greek»\n
			«cyrillic» «cyrillic» «cyrillic» — «cyrillic» «emoji»\n
			«han»«han»«han»«stop»«han»«han»«emoji»«han»\n
			«kana»«kana»«han»«kana»«stop»«kana»«kana»\n
			«hangul» «hangul» «hangul» «emoji» «hangul»\n
			«arabic» «arabic» «arabic» «arabic»\n
			«mark»«arabic» «arabic»«mark» «latin» «mark»«hebrew» «hebrew»\n
			«hebrew» «hebrew» «hebrew»\n
			«devanagari» «devanagari» «tamil» «devanagari»\n
			«thai»«thai»«thai» «thai»\n
			«latin» «latin» «stack» «latin» «odd»\n
			«emoji» «emoji» «emoji»«emoji» «emoji»\n
			«stack» «stack» «stack»\n
			«odd» «latin» «odd»«odd» «math» «math»\n
			«math» «math» «symbol» «symbol» «math»\n
			«old» «old» «symbol» «armenian» «georgian»\n
			«georgian» «georgian» «armenian» «ethiopic» «emoji»\n
			«mark»«latin»«mark»«cyrillic»«mark»«han»\n`),
		"greek":      script(0x3b1, 0x3c9, 48),
		"cyrillic":   script(0x430, 0x44f, 48),
		"hebrew":     script(0x5d0, 0x5ea, 40),
		"arabic":     script(0x628, 0x63a, 40),
		"armenian":   script(0x561, 0x586, 24),
		"georgian":   script(0x10d0, 0x10f0, 24),
		"ethiopic":   script(0x1208, 0x1246, 24),
		"devanagari": words("नमस्ते हिन्दी भाषा क्षेत्र ज्ञान विद्या संस्कृत शक्ति प्रश्न उत्तर कर्म धर्म"),
		"tamil":      words("தமிழ் மொழி வணக்கம் கல்வி நாடு மக்கள்"),
		"thai":       words("ภาษา ไทย สวัสดี เมือง น้ำ ฟ้า ต้นไม้ กำลัง"),
		"hangul":     script(0xac00, 0xd7a3, 64),
		"han":        script(0x4e00, 0x9fa5, 96),
		"kana":       script(0x3042, 0x3093, 48),
		"old":        append(script(0x10330, 0x1034a, 10), script(0x12000, 0x12300, 10)...), // outside the basic plane
		"math":       append(script(0x1d400, 0x1d433, 10), words("∀x∈ℝ ∑ᵢ ∫₀¹ √2 ≠ ≤ ⊕ ∇·E ℵ₀ x² H₂O ½ ⅷ")...),
		"symbol":     words("☯ ♞ ⚙ ⌘ ␀ ⠿ ▒ ☃ ₿ № ‽ ⁂ ¶ © ™ ﷽ ꧁ ꧂ 𝄞 ⏻"),
		"latin":      words("naïve façade Zürich smörgåsbord Łódź İstanbul ﬁnance ｆｕｌｌｗｉｄｔｈ 𝓼𝓬𝓻𝓲𝓹𝓽 ǅungla straße œuvre þing ĳs Việt"),
		"emoji":      words("😀 🎉 👍🏽 👩‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 🇯🇵 ❤️‍🔥 🧑🏿‍🚀 🫠 1️⃣ ☠️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🤷🏻‍♀️ 🐻‍❄️"),
		"stack":      stacks(),
		// Left-to-right, right-to-left, Arabic letter marks; embeddings, overrides and isolates with their ends.
		"mark": {"\u200e", "\u200f", "\u061c", "\u202a\u202c", "\u202e\u202c", "\u2066\u2069", "\u2067\u2069", "\u200b", "\u200c", "\u200d", "\u2060"},
		"stop": words("。 、 ！ ？"),
		// What broken decoders leave behind, and what strict ones stumble over.
		"odd": {"\ufffd", "\ufffd\ufffd\ufffd", "\ufeff", "\ufffe", "\uffff", "\U0010ffff", "\U0001fffe", "\ue000", "\U000f0000", "Ã©", "â€™",
			"ÐŸÑ€Ð¸", `\xC3\x28`, `\uD800`, "%FF%FE", "&#xD800;", "\u0085", "\u2028", "\u00ad", "\u034f", "\ufe0f", "\u0301", "\u00a0", "\u3000", "\u180e"},
	}
}

// script is words of one to four letters that stand close together in a range of code points.
func script(first, last rune, count int) []string {
	list := make([]string, count)
	spread := int(last - first + 1)
	state := 7
	for i := range list {
		var b strings.Builder
		for range 1 + (i*5)%4 {
			state = (state*1103515245 + 12345) & 0x7fffffff
			b.WriteRune(first + rune((state>>8)%spread))
		}
		list[i] = b.String()
	}
	return list
}

// stacks are letters under two to nine combining marks.
func stacks() []string {
	list := make([]string, 24)
	for i := range list {
		var b strings.Builder
		b.WriteByte("aeiounZx"[i%8])
		for k := range 2 + i%8 {
			b.WriteRune(rune(0x300 + (i*31+k*17)%0x50))
		}
		list[i] = b.String()
	}
	return list
}
