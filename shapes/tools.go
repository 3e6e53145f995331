package shapes

// newTools is what an agent's context fills up with: tool schemas, calls, results, and a little talk.
// Its markup is plain text: no chat template's control tokens, which a server would parse as such.
func newTools(Span) *source {
	l := newLexicon()
	g := newGrammar(l, toolRules())
	schemas, exchange := g.class("schemas", ""), g.class("exchange", "")
	return &source{pieces: l.pieces, start: func(seed uint64) generator {
		r := newRNG(seed, "tools")
		exchanges := 0
		return func(dst []Symbol) []Symbol {
			if exchanges--; exchanges < 0 { // another set of tools, then some work with them
				exchanges = 4 + r.below(12)
				return schemas.expand(r, dst)
			}
			return exchange.expand(r, dst)
		}
	}}
}

func toolRules() rules {
	return rules{
		"schemas": lines(`
			Available tools:\n[«schema»,\n «schema»,\n «schema»]\n\n
			Available tools:\n[«schema»,\n «schema»]\n\n
			Available tools:\n[«schema»,\n «schema»,\n «schema»,\n «schema»,\n «schema»]\n\n`),
		"schema": lines(`
			{"type": "function", "function": {"name": "«verb»_«noun»", "description": "«Doc» «doc».", "parameters": {"type": "object", "properties": {«property», «property», «property»}, "required": ["«arg»"]}}}
			{"type": "function", "function": {"name": "«verb»_«noun»", "description": "«Doc» «doc»; «doc».", "parameters": {"type": "object", "properties": {«property», «property»}, "additionalProperties": false}}}
			{"type": "function", "function": {"name": "«noun»_«verb»_«noun»", "description": "«Doc» «doc».", "parameters": {"type": "object", "properties": {«property»}}}}`),
		"property": lines(`
			"«arg»": {"type": "string", "description": "the «arg» of the «noun»"}
			"«arg»": {"type": "integer", "minimum": «d1», "maximum": «d3», "default": «d2»}
			"«arg»": {"type": "string", "enum": ["«noun»", "«noun»", "«noun»"]}
			"«arg»": {"type": "array", "items": {"type": "«type»"}, "maxItems": «d2»}
			"«arg»": {"type": "boolean", "default": false, "description": "«doc»"}
			"«arg»": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"«arg»": {"type": "«type»"}}}]}`),
		"exchange": lines(`
			user: «ask» the «noun» in «path» and «doc».\nassistant: «talk».\n«call»«result»assistant: The «noun» has «d3» «noun» entries; «talk».\n\n
			«call»«result»
			assistant: «talk».\n«call»«result»«call»«result»
			«call»error: «verb»_«noun» failed after «d3» ms: «failure»\nassistant: «talk».\n«call»«result»`),
		"call": lines(`
			call: {"id": "call_«d3»«d3»«d2»", "name": "«verb»_«noun»", "arguments": {"«arg»": "«path»", "«arg»": «d3»}}\n
			call: {"id": "call_«d3»«d3»«d2»", "name": "«verb»_«noun»", "arguments": {"«arg»": ["«noun»", "«noun»"], "«arg»": {"«arg»": «bool»}}}\n
			call: {"id": "call_«d3»«d3»«d2»", "name": "«noun»_«verb»_«noun»", "arguments": "{\"«arg»\": \"«path»\", \"«arg»\": «d2»}"}\n`),
		"result": lines(`
			result: {"ok": «bool», "«noun»": [{"id": «d3»«d3», "«arg»": "«noun» «d2»"}, {"id": «d3»«d3», "«arg»": "«noun» «d2»"}], "next": null}\n
			result: {"path": "«path»", "lines": «d3», "text": "«d2»: «doc»\n«d2»: «Doc» «doc»\n«d2»: «doc»"}\n
			result: {"status": «d3», "«noun»": {"«arg»": «d2».«d2», "«arg»": "«doc»"}, "took_ms": «d3»}\n
			result: «path»:«d3»: «doc»\n«path»:«d2»: «Doc» «doc»\n«path»:«d3»: «doc»\n(«d3» matches, «d1» shown)\n
			result: {"exit": «d1», "stdout": "«d3» passed, «d1» failed in «d2».«d2»s", "stderr": "«failure»"}\n`),
		"talk": lines(`
			I will look at the «noun» first
			Let me «verb» the «noun» and then «verb» the rest
			That did not work, so I try another «noun»
			Two of the «noun» files mention it
			The test for «path» fails because of the «noun»
			Now I can «verb» it
			This needs «d1» more steps
			It is done`),
		"ask": words("Find Fix Explain Rename Test Compare Summarise Delete Move Check"),
		"Doc": words("Reads Writes Lists Returns Finds Creates Deletes Counts Moves Compares Runs Sends"),
		"doc": lines(`
			the «noun» with the given «arg»
			every «noun» that matches the «arg»
			at most «d3» «noun» entries
			only if the «noun» exists
			without touching the «noun»
			sorted by «arg»
			the «noun» as plain text
			before the «noun» is closed
			relative to the working folder
			one «noun» per line`),
		"failure": lines(`
			no such «noun»
			permission denied
			the «arg» must be one of «noun», «noun»
			timed out
			connection refused
			expected «noun» but found «noun»
			too many «noun» entries`),
		"verb": words("read write list search open close create delete update move copy run fetch send query parse check count merge"),
		"noun": words(`file folder message user ticket branch commit issue page image record table index session job host event note
			contact calendar invoice order document comment test build package service log cache token`),
		"arg": words("path name query limit offset pattern format language depth filter owner label title body url key value mode since until"),
		"path": lines(`
			src/main.go
			src/parser/lexer.py
			docs/readme.md
			tests/api_test.py
			lib/cache/store.ts
			config/settings.yaml
			web/index.html
			scripts/deploy.sh
			data/orders.csv
			internal/queue/worker.go`),
		"type": words("string integer number boolean"),
		"bool": words("true false"),
		"d1":   numbered(1),
		"d2":   numbered(2),
		"d3":   numbered(3),
	}
}
