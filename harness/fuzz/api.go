package fuzz

import (
	"slices"

	"ctxcliff/harness/scenario"
)

// api is a way to send a prompt.
type api struct {
	name     string
	endpoint string
	form     string
	params   []string // one of them goes along
	must     bool     // the server is to take it: anything but an answer is a finding
}

// apis are all of them. What a build or a model may not have, or a text of an unknown number of tokens that may
// be too long, may be refused.
var apis = []api{
	{name: "ids", params: []string{``}, must: true},
	{name: "ids-whole", params: []string{`{"stream":false}`}, must: true},
	{name: "ids-params", params: sampling},
	{name: "solid", form: scenario.Solid, params: []string{``, `{"stream":false}`}},
	{name: "text", form: scenario.Text, params: []string{``, `{"stream":false}`}},
	{name: "completions", endpoint: "/v1/completions", params: []string{``, `{"stream":false}`, `{"echo":true}`, `{"logprobs":5}`, `{"n":2}`}},
	{name: "chat", endpoint: "/v1/chat/completions", params: []string{``, `{"stream":false}`, `{"logprobs":true,"top_logprobs":5}`, `{"add_generation_prompt":false}`}},
	{name: "chat-tools", endpoint: "/v1/chat/completions", params: tools},
	{name: "chat-roles", endpoint: "/v1/chat/completions", params: roles},
	{name: "infill", endpoint: "/infill", params: []string{``, `{"stream":false}`, `{"input_extra":[{"filename":"a.c","text":"int a;"}]}`}},
	{name: "embeddings", endpoint: "/v1/embeddings", params: []string{``, `{"encoding_format":"base64"}`}},
	{name: "grammar", params: grammars},
	{name: "schema", params: schemas},
	{name: "stop", params: []string{`{"stop":["a"]}`, `{"stop":["\n"," "]}`, `{"stop":["` + "\u00e9" + `"]}`, `{"ignore_eos":false}`, `{"t_max_predict_ms":1}`}},
	{name: "tokenize", endpoint: "/tokenize", params: []string{``, `{"with_pieces":true}`, `{"add_special":true,"parse_special":false}`}},
	{name: "template", endpoint: "/apply-template", params: append([]string{``}, roles...)},
}

// sampling are parameters of the reply that people change.
var sampling = []string{
	`{"n_probs":20}`, `{"n_probs":5,"post_sampling_probs":true}`, `{"logit_bias":[[15,-1000000]]}`, `{"logit_bias":[[" a",false]]}`,
	`{"temperature":5,"top_k":0,"min_p":0}`, `{"temperature":-1}`, `{"dry_multiplier":0.8,"dry_allowed_length":1}`, `{"mirostat":2,"temperature":1}`,
	`{"xtc_probability":1,"xtc_threshold":0.01,"temperature":1}`, `{"repeat_penalty":1.5,"repeat_last_n":-1}`, `{"n_keep":-1}`, `{"n_keep":64}`,
	`{"typical_p":0.2,"temperature":1}`, `{"top_n_sigma":1,"temperature":1}`, `{"min_keep":4,"top_p":0.01,"temperature":1}`, `{"samplers":["min_p","temperature"]}`,
	`{"timings_per_token":true}`, `{"n_indent":4}`, `{"lora":[{"id":0,"scale":0.5}]}`, `{"n_predict":0}`, `{"n_cache_reuse":64}`,
}

// grammars of GBNF, from harmless to hostile.
var grammars = []string{
	`{"grammar":"root ::= [a-z]+"}`, `{"grammar":"root ::= \"yes\" | \"no\""}`, `{"grammar":"root ::= ( \"a\" | \"b\" root )*"}`,
	`{"grammar":"root ::= [^\\x00-\\x7F]{1,64}"}`, `{"grammar":"root ::= (((a?){8}){8}){8}\na ::= [a-z]"}`, `{"grammar":"root ::= root \"a\" | \"b\""}`,
	`{"grammar":"root ::= "}`, `{"grammar":"root ::= undefined"}`, `{"grammar":"root ::= \"a\"{0,2000}"}`, `{"grammar":"root ::= .*","grammar_lazy":true,"grammar_triggers":[{"type":0,"value":"a"}]}`,
}

// schemas of JSON.
var schemas = []string{
	`{"json_schema":{}}`, `{"json_schema":{"type":"object","properties":{"a":{"type":"string","maxLength":8}},"required":["a"]}}`,
	`{"json_schema":{"type":"string","pattern":"^[a-z]{1,5}$"}}`, `{"json_schema":{"type":"string","pattern":"^(a|b)*$"}}`, `{"json_schema":{"enum":["x","y",null,1]}}`,
	`{"json_schema":{"type":"array","items":{"type":"integer","minimum":-5,"maximum":500},"minItems":3}}`, `{"json_schema":{"$ref":"#/definitions/t","definitions":{"t":{"type":"object","properties":{"c":{"$ref":"#/definitions/t"}}}}}}`,
	`{"json_schema":{"type":"object","additionalProperties":{"type":["number","null"]}}}`, `{"json_schema":{"type":"string","format":"date-time"}}`, `{"json_schema":{"anyOf":[]}}`,
}

// tools of a chat, and what is said about them.
var tools = []string{
	`{"tools":[` + tool("f", `{"type":"object","properties":{}}`) + `]}`,
	`{"tools":[` + tool("search", `{"type":"object","properties":{"q":{"type":"string"},"n":{"type":"integer"}},"required":["q"]}`) + `],"tool_choice":"required"}`,
	`{"tools":[` + tool("a", `{}`) + `,` + tool("b", `{"type":"object","properties":{"x":{"type":"array","items":{"type":"string"}}}}`) + `],"parallel_tool_calls":true,"tool_choice":"required","stream":false}`,
	`{"tools":[` + tool("f", `{"type":"string","pattern":"("}`) + `],"tool_choice":"required"}`,
	`{"tools":[],"tool_choice":"auto"}`, `{"response_format":{"type":"json_object"}}`, `{"response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object","properties":{"a":{"type":"number"}}}}}}`,
	`{"reasoning_format":"none","chat_template_kwargs":{"enable_thinking":false}}`,
}

func tool(name, parameters string) string {
	return `{"type":"function","function":{"name":"` + name + `","description":"d","parameters":` + parameters + `}}`
}

// roles are conversations in place of the prompt.
var roles = []string{
	`{"messages":[]}`, `{"messages":[{"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"assistant","content":"a"}]}`,
	`{"messages":[{"role":"user","content":[{"type":"text","text":"t"}]}]}`, `{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"r"}]}`,
	`{"messages":[{"role":"user","content":""}]}`, `{"messages":[{"role":"nobody","content":"x"}]}`, `{"messages":[{"role":"user","content":null}]}`,
}

// hopeless are requests that must be refused.
var hopeless = []string{
	`{"prompt":[2147483647]}`, `{"prompt":[-1]}`, `{"prompt":[]}`, `{"prompt":null}`, `{"prompt":{"a":1}}`, `{"n_predict":"many"}`, `{"grammar":"root ::= ["}`,
	`{"json_schema":{"type":"nothing"}}`, `{"prompt":[[]]}`, `{"stop":5}`, `{"logit_bias":"x"}`, `{"samplers":5}`, `{"response_fields":5}`,
}

// APIs are the names of all ways to send a prompt. Token ids that come back as a stream are always among them.
func APIs() []string {
	var names []string
	for _, a := range apis[1:] {
		names = append(names, a.name)
	}
	return names
}

func apiNamed(name string) (api, bool) {
	i := slices.IndexFunc(apis, func(a api) bool { return a.name == name })
	return apis[max(0, i)], i >= 0
}

// dress makes a request one of the API.
func (a api) dress(d dice, r *scenario.Request) {
	r.Endpoint, r.Form, r.Params, r.MayRefuse = a.endpoint, a.form, pick(d, a.params), !a.must
}
