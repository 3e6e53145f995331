package labfile

import (
	"bytes"
	"encoding/json"
	"maps"
)

// Schema is a JSON schema of lab files, for editors and validators. What no schema can say, such as a
// shape that must parse, only [Read] knows.
func Schema() []byte {
	properties := map[string]any{}
	for _, k := range settings {
		properties[k.name] = k.schema()
	}
	for _, a := range axes {
		properties[a.name] = a.schema()
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "ctxcliff lab file",
		"type": "object", "additionalProperties": false, "minProperties": 1, "properties": properties,
	})
	if err != nil {
		panic(err) // maps of texts and numbers
	}
	return b.Bytes()
}

func (k key) schema() map[string]any {
	s := k.kind.value()
	s["description"] = k.doc
	if k.kind.expand {
		s["description"] = k.doc + "; ${NAME} is replaced by a variable of the environment, which must be set"
	}
	return s
}

// value is the schema of all forms in which a value of the kind may be written.
func (k kind) value() map[string]any {
	element := maps.Clone(k.schema)
	list := map[string]any{"type": "array", "items": element, "minItems": 1}
	switch k.form {
	case many:
		return map[string]any{"anyOf": []any{element, list, anyText}}
	case argv:
		return map[string]any{"anyOf": []any{anyText, list}}
	case pairs:
		return map[string]any{"type": "object", "additionalProperties": element}
	}
	return element
}

func (a axis) schema() map[string]any {
	properties, required := map[string]any{}, []string{}
	entry := map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	for _, k := range a.keys {
		properties[k.name] = k.schema()
		if k.required {
			required = append(required, k.name)
		}
	}
	entry["required"] = required
	items := any(entry)
	if a.short != "" {
		items = map[string]any{"anyOf": []any{anyText, entry}}
	}
	return map[string]any{"description": a.doc, "type": "array", "minItems": 1, "items": items}
}
