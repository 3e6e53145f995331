package shapes

// newCode is source code: functions in Go, Python, C++ and SQL, each with its comment.
func newCode(Span) *source {
	l := newLexicon()
	unit := newGrammar(l, codeRules()).class("unit", "")
	return &source{pieces: l.pieces, start: func(seed uint64) generator {
		r := newRNG(seed, "code")
		return func(dst []Symbol) []Symbol { return unit.expand(r, dst) }
	}}
}

func codeRules() rules {
	return rules{
		"unit": lines(`
			// «Verb»«Noun» «verb»s the «noun» of a «noun» and «why».\nfunc («a» *«Noun») «Verb»«Noun»(«b» «type») («type», error) {\n«go»«go»«go»\treturn «a».«noun», nil\n}\n\n
			// «Verb»«Noun» «verb»s at most «num» «noun»s.\nfunc «Verb»«Noun»(«a», «b» «type») «type» {\n«go»«go»\treturn «call»\n}\n\n
			type «Noun»«Noun» struct {\n\t«Noun» «type» // «why»\n\t«Verb»«Noun» «type»\n\t«noun»«Noun» map[string]«type»\n}\n\n
			def «verb»_«noun»(«a», «b»=«num»):\n    """«Verb» the «noun» and «why»."""\n«py»«py»«py»    return «a».«verb»(«b», «noun»=«num»)\n\n\n
			class «Noun»«Noun»(«Noun»):\n    def __init__(self, «noun», «b»=None):\n        self.«noun» = «noun»\n        self.«b» = «b» or «num»\n\n    def «verb»(self, «b»):\n        self.«noun» «op»= «b»\n        return self.«noun»\n\n\n
			static «ctype» «verb»_«noun»(const «ctype» * «a», size_t «b») {\n«cpp»«cpp»«cpp»    return «a»[«num»];\n}\n\n
			template <typename T>\nvoid «noun»_«verb»(std::vector<T> & «a»«a», int «b») {\n«cpp»«cpp»}\n\n
			#define «NOUN»_«VERB» «num»\n#define «NOUN»_MAX (1 << «num»)\n\n
			-- «why»\nSELECT «noun».id, count(*) AS «verb»s\nFROM «noun»s AS «noun»\nWHERE «noun».«noun» > «num» AND «noun».«verb»_at IS NOT NULL\nGROUP BY 1 ORDER BY 2 DESC LIMIT «num»;\n\n`),
		"go": lines(`
			\tif err := «a».«verb»(«b»); err != nil {\n\t\treturn nil, fmt.Errorf("«verb» the «noun»: %w", err)\n\t}\n
			\tfor «i» := 0; «i» < len(«a».«noun»); «i»++ {\n\t\t«a».«noun»[«i»] «op»= «num»\n\t}\n
			\t«noun» := «call»\n
			\tif «noun» «cmp» «num» {\n\t\t«a».«verb»(«noun», "«noun» «noun»")\n\t}\n
			\tdefer «a».mu.Unlock() // «why»\n
			\tswitch {\n\tcase «noun» «cmp» «num»:\n\t\t«verb»(«a»)\n\tdefault:\n\t\tpanic("«why»")\n\t}\n`),
		"py": lines(`
			    for «i», «noun» in enumerate(«b».«noun»s):\n        «a»[«i»] «op»= «noun» * «num»\n
			    if not «b» or len(«b») «cmp» «num»:\n        raise ValueError(f"«why»: {«b»!r}")\n
			    «noun» = {«num»: "«noun»", «num»: "«noun»"}  # «why»\n
			    with «verb»(«noun»="«noun».«ext»") as «i»:\n        «i».«verb»()\n
			    «noun»s = [«i» for «i» in range(«num») if «i» % «num» == 0]\n`),
		"cpp": lines(`
			    for (int «i» = 0; «i» < «num»; ++«i») {\n        «a»[«i»] «op»= «b» * «num»;\n    }\n
			    const auto * «noun» = «verb»(«a», «num»);\n
			    if («b» «cmp» «num» && «a» != nullptr) {\n        LOG_ERR("%s: «why», «noun» = %d", __func__, «num»);\n        return «num»;\n    }\n
			    // «why»\n
			    GGML_ASSERT(«b» «cmp» «num»);\n    memset(«a», 0, «num» * sizeof(float));\n`),
		"call": lines(`
			«a».«verb»(«b», «num»)
			«verb»«Noun»(«b») «op» «num»
			min(«a», «b») «op» «num»
			append(«a».«noun», «b»)
			strings.«Verb»(«b», "«noun»")`),
		"why": lines(`
			keeps the rest for later
			returns early when nothing is left
			must not be called twice
			the order matters here
			rounds down
			the caller owns the result
			see the note above
			index out of range
			not thread safe
			works around a slow path
			assumes sorted input`),
		"type":  words("int string []byte float64 bool uint32 error time.Duration []string any"),
		"ctype": words("float int32_t uint8_t double int64_t char"),
		"ext":   words("json txt csv bin log"),
		"a":     words("s c p m node list src dst self_ ctx buf tree"),
		"b":     words("n k key value other limit offset data path arg"),
		"i":     words("i j k x it item row"),
		"op":    words("+ - * | ^ +"),
		"cmp":   words("< > <= >= == !="),
		"num":   append(append(numbered(1), numbered(2)...), words("128 256 512 1024 4096 65536 0xff 0x1f 1000")...),
		"noun": words(`node buffer index token value queue stack tree graph edge list key cache block page frame header field record
			table row column cursor window shape layer tensor weight batch slot worker task event signal timer route client
			server session request reply message packet socket stream file folder image pixel color font point line path
			parser lexer symbol scope module config option flag user group role order price item stock date range bucket`),
		"verb": words(`load store read write open close find sort merge split copy move push pop insert remove update reset init
			start stop run wait send receive parse format encode decode compress expand check count sum scale shift rotate
			flush commit lock unlock map filter reduce clone compare hash print draw render resize fetch apply bind`),
		"Noun": words(`Node Buffer Index Token Value Queue Stack Tree Graph Edge List Key Cache Block Page Frame Header Field Record
			Table Row Column Cursor Window Shape Layer Tensor Weight Batch Slot Worker Task Event Signal Timer Route Client
			Server Session Request Reply Message Packet Socket Stream File Folder Image Pixel Color Font Point Line Path`),
		"Verb": words(`Load Store Read Write Open Close Find Sort Merge Split Copy Move Push Pop Insert Remove Update Reset Init
			Start Stop Run Wait Send Receive Parse Format Encode Decode Compress Expand Check Count Scale Shift Flush`),
		"NOUN": words("NODE BUFFER INDEX TOKEN VALUE QUEUE STACK TREE CACHE BLOCK PAGE FRAME TABLE WINDOW LAYER BATCH SLOT TASK"),
		"VERB": words("LOAD STORE READ WRITE OPEN CLOSE SIZE COUNT LIMIT MASK SHIFT FLUSH"),
	}
}
