// Package simserver is a llama-server that behaves by rule: well, or badly in a chosen way, at a
// chosen size, shape, slot or attempt. It is what `--server sim` starts, and what the harness is
// tested with. Nothing in it knows the code under test: it reads llama-server's flags with a parser
// of its own and speaks llama-server's protocol as observed on build 11669 (0.7.0), so that two
// mistakes cannot agree.
//
// It runs in two ways from the same code:
//
//   - in this process: New gives an http.Handler. A rule that would end the process makes the
//     server silent and drops its connections instead;
//   - as a child: a program whose main calls Main for a hidden argument (or a test binary whose
//     TestMain does so for an environment variable) starts itself again. Then signals, exit codes,
//     stderr and ports are real.
//
// What is imitated: the start (port first, 503 while loading, log lines, exit codes and last lines
// of failures), context arithmetic (layoutFor), slots with their caches and llama-server's way of
// filling batches from slot 0 upward, queues behind pinned slots, progress per batch, the native
// and the OpenAI dialect, error bodies, /props, /slots, /metrics, and the slow death after SIGTERM
// while a client holds on. What is not: sampling (every answer is greedy), the router (only its
// looks), LoRA, grammars, embeddings, saving slots. Time is virtual: work takes none, and "timings"
// say what the profile's rate makes of it, unless a delay rule asks for real time.
//
// # Rules
//
//	PROFILE   = [ RULE { ";" RULE } ]
//	RULE      = BEHAVIOUR [ "(" ARG { "," ARG } ")" | "=" ARG ] [ "when" CONDITION { "and" CONDITION } ]
//	ARG       = "phase=" PHASE | "quoted text" | bare text with balanced parentheses
//	PHASE     = "load" | "admit" | "prefill" | "decode" | "reply" | "idle"
//	CONDITION = NUMBER ( ">=" | "<=" | "!=" | "=" | "<" | ">" ) N
//	          | "start%" N "=" N | "chance=" P | "shape=" FAMILY | "contains=" WORD | "cold" | "cached"
//	NUMBER    = "tokens" | "position" | "distinct" | "period" | "np" | "busy" | "slot" | "attempt" | "start"
//
// Counts are 3000, 70k (70,000) or 32Ki (32,768). For example:
//
//	abort when shape=repeat and position>=5000
//	gpufault when tokens>=70k and busy>=2; say(uh oh) when attempt=3
//	hang(phase=decode) when contains=banana
//	loadabort when chance=0.3; rate(3.2e-3, 3.2e-8)
//
// Describe explains each behaviour, ProfileDoc each shipped profile. A rule shows in its phase, at
// most once per request (garbage, nan and delay: as long as the conditions hold). Conditions:
//
//   - tokens, distinct: prompt tokens, and different ones among them;
//   - position: tokens in the slot when the coming batch is done. "position>=N" in the prefill phase
//     strikes before the batch that passes N, so clients have seen less than N processed;
//   - period: after how many tokens the prompt repeats itself; no condition over it holds for a
//     prompt that does not;
//   - np, slot, busy: slots configured, the request's slot, slots at work now;
//   - attempt: requests that slots have taken in this life, this one included;
//   - start: which life this is; chance: a coin that falls once per life. Both come from the
//     environment (EnvStart, EnvSeed): same seed and start, same behaviour;
//   - shape, contains: what the prompt's text looks like (see recognise) or has in it;
//   - cached: at least half of the prompt came from the slot's cache; cold: less.
package simserver
