package faults

// restRules are looked for only in lines that no other rule finds anything in. They say of a
// complaint that nobody wrote a rule for what kind of complaint it is: alone, while the process lives,
// it is no finding; beside a death it stands among the lines and explains nothing.
var restRules = []Rule{
	{Name: "rest-http-5xx", Class: "unknown", In: Answers, Level: Survived + 2, Rest: true, Pattern: `HTTP error 5(?:0[0-24-9]|[1-9]\d) \w*: (?P<text>.*)`,
		Title: "the server answered with an error: {text}", Component: "server http", Source: "llama.cpp tools/server/server-http.cpp", Example: "HTTP error 500 server_error: something broke"},
	{Name: "rest-fallback", Class: "benign.fallback", In: logs, Level: Harmless + 1, Rest: true,
		Pattern: `[Ff]all(?:s|ing)? ?back|using \S+(?: \S+)? instead|[Dd]isabl(?:ed|ing)|[Cc]lamping|clamped to|[Dd]efaulting to|[Rr]etrying|(?:is|are) not (?:supported|available|enabled)|does(?:n't| not) support|not supported by|will (?:use|try)`,
		Title:   "another way was taken", Component: "", Source: "llama.cpp and its libraries", Example: "0.30.438.419 W warmup: WARNING: flash attention not supported by CUDA0, memory usage will increase"},
	{Name: "rest-kernel", Class: "benign.driver-info", In: KernelLines, Level: Harmless + 1, Rest: true,
		Pattern: `amdgpu|amdkfd|radeon|\bi915\b|\bxe \d|nouveau|NVRM|nvidia|\[drm|\bkfd:|drmn\d|pcieport|snd_hda|iommu|AMD-Vi|DMAR|perf: |mce: |EDAC`,
		Title:   "driver notes", Component: "", Source: "Linux", Example: "amdgpu 0000:83:00.0: amdgpu: ring gfx_0.0.0 uses VM inv eng 0 on hub 0"},
	{Name: "rest-complaint", Class: "benign.noise", In: logs, Level: Harmless + 2, Rest: true,
		Pattern: `[Ww]arn(?:ing)?\b|WARN(?:ING)?\b|\b[Ee]rror\b|\bERR(?:OR)?\b|[Ff]ailed|[Uu]nable to|[Cc]ould not|[Cc]annot|[Ii]nvalid|[Uu]nsupported|not found|[Mm]issing|[Uu]nexpected|[Uu]nknown|bad special token|out of range|suboptimal|degrade|performance|[Dd]eprecated|DEPRECATED|[Ee]xperimental|reduced quality|using default|[Rr]ecommend|[Ii]gnor(?:ed|ing)|[Ss]kipping|has no effect|not available|No such file|\brequires\b|are not valid|too (?:small|large|many)|limit reached|full-size SWA|[Aa]re you sure|[Cc]onsider (?:using|regenerating|updating|disabling)|(?:may|might|can|could) (?:not|lead|cause|be|degrade)`,
		Title:   "complaints that stopped nothing", Component: "", Source: "llama.cpp and its libraries", Example: "model has unused tensor blk.3.attn_k.scale (size = 4 bytes), this is unexpected"},
}
