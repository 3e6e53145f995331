package minimize

import (
	"math"
	"math/rand/v2"

	"ctxcliff/harness/scenario"
	"ctxcliff/shapes"
)

// world is an imagined bug: what it needs, and how often it breaks when it has it. Zero needs nothing.
type world struct {
	rate    float64
	trigger string // position, decode or start: where a prompt that has everything breaks

	length  int   // prompt tokens
	atMost  int   // distinct ids, at most
	ids     int   // distinct ids, at least
	spans   []int // cells of cellTokens of the prompt that must be live
	stretch int   // tokens of the shape without a gap, wherever they are
	np      int   // slots, at least
	twins   bool  // the same recipe in two slots at once
	before  bool  // an earlier request, whatever it is
	beside  bool  // another request at the same time
	cancel  bool  // an earlier request that was cancelled
	cold    bool  // only what is not from the cache
	cached  bool  // only what is
	fa      bool  // only with flash attention not off
	batch   int   // n_batch that positions are reported in

	noise float64 // chance of another bug in a run
	infra float64 // chance that the lab fails a run
	r     *rand.Rand

	hours  float64
	runs   int
	starts int
	up     bool
}

const (
	startTokens = 100_000
	cells       = 64
	cellTokens  = (startTokens + cells - 1) / cells
	baseIDs     = 4096 // distinct ids of the shape
	loadSeconds = 300  // a reload after a crash, as measured in the field
)

// seconds is the field's prefill time of n tokens.
func seconds(n float64) float64 { return 3.185e-3*n + 3.178e-8*n*n }

// request says whether a request of the scenario has all that the bug needs, and its trigger point.
func (w *world) request(s scenario.Scenario, p scenario.Place) (at int, ok bool) {
	r := s.At(p)
	n, distinct := r.Recipe.Tokens, idsOf(r.Recipe)
	at = w.length
	for _, cell := range w.spans {
		need := scenario.Range{From: cell * cellTokens, To: (cell + 1) * cellTokens}
		if !covers(r.Recipe.Live(), need) {
			return 0, false
		}
		at = max(at, need.To)
	}
	if w.stretch > 0 {
		end := endOfRun(r.Recipe.Live(), w.stretch)
		at = max(at, end)
		if end == 0 {
			return 0, false
		}
	}
	switch {
	case n < at, w.atMost > 0 && distinct > w.atMost, distinct < w.ids, s.NP < w.np,
		w.cold && (r.Cache || r.Grown), w.cached && !fromCache(s, p),
		w.fa && s.Flags.FlashAttn == "off", r.CancelAfter > 0:
		return 0, false
	}
	return at, w.company(s, p)
}

// company says whether the requests before and beside one are as the bug needs them.
func (w *world) company(s scenario.Scenario, p scenario.Place) bool {
	twins, beside, cancelled := false, len(s.Steps[p.Step].Requests) > 1, false
	for k, other := range s.Steps[p.Step].Requests {
		twins = twins || k != p.Request && other.Recipe.Seed == s.At(p).Recipe.Seed && other.Recipe.Tokens >= w.length
	}
	for _, step := range s.Steps[:p.Step] {
		for _, r := range step.Requests {
			cancelled = cancelled || r.CancelAfter > 0
		}
	}
	return (!w.twins || twins) && (!w.beside || beside) && (!w.before || p.Step > 0) && (!w.cancel || cancelled)
}

// fromCache says whether there is anything for a request to take from its slot's cache.
func fromCache(s scenario.Scenario, p scenario.Place) bool {
	r := s.At(p)
	for _, step := range s.Steps[:p.Step] {
		for _, before := range step.Requests {
			if before.Slot == r.Slot && (r.Grown || r.Cache && before.Recipe.Seed == r.Recipe.Seed) {
				return true
			}
		}
	}
	return false
}

// endOfRun is where so many live tokens in a row have been seen; 0 nowhere.
func endOfRun(live []scenario.Range, tokens int) int {
	for _, x := range live {
		if x.To-x.From >= tokens {
			return x.From + tokens
		}
	}
	return 0
}

func covers(live []scenario.Range, need scenario.Range) bool {
	for _, x := range live {
		if x.From <= need.From && need.To <= x.To {
			return true
		}
	}
	return false
}

// idsOf is how many distinct ids a recipe of the simulated shape has.
func idsOf(r scenario.Recipe) int {
	live := r.LiveTokens()
	switch {
	case r.Filler == "" && r.Shape.String() == "opt":
		return 1
	case r.Filler != "" && live == 0:
		return min(max(1, r.Distinct), r.Tokens)
	case r.Distinct > 0:
		return min(r.Distinct, live)
	}
	return min(baseIDs, 1+live)
}

// run answers a question and pays for it.
func (w *world) run(q Question) Answer {
	before := w.hours
	a := w.outcome(q.Scenario)
	w.runs++
	if !w.up {
		w.hours += loadSeconds / 3600.0
		w.starts++
	}
	w.up = a.Outcome == Clean
	a.Seconds = (w.hours - before) * 3600
	return a
}

func (w *world) outcome(s scenario.Scenario) Answer {
	if w.r.Float64() < w.infra {
		return Answer{Outcome: Infra}
	}
	stranger := w.r.Float64() < w.noise
	luck := w.r.Float64() < w.rate
	for i, step := range s.Steps {
		spent, broke, at, where := 0.0, false, 0, scenario.Place{}
		for k, r := range step.Requests {
			n := r.Recipe.Tokens
			if point, ok := w.request(s, scenario.Place{Step: i, Request: k}); ok && luck && !broke {
				broke, at, where = true, point, scenario.Place{Step: i, Request: k}
				if w.trigger == "position" {
					n = point
				} else if w.trigger == "start" {
					n = 0
				}
			}
			spent += seconds(float64(n)) + 0.05*float64(r.Reply)
		}
		w.hours += spent / 3600
		if stranger {
			return Answer{Outcome: Broke, Signatures: []string{"stranger"}, Title: "another fault", At: scenario.Place{Step: i}}
		}
		if broke {
			return w.fault(where, at, s.At(where).Recipe.Tokens)
		}
	}
	return Answer{Outcome: Clean}
}

func (w *world) fault(where scenario.Place, at, tokens int) Answer {
	a := Answer{Outcome: Broke, Signatures: []string{"the bug"}, Title: "the fault", At: where}
	switch w.trigger {
	case "position":
		batch := orElse(w.batch, 2048)
		a.Position, a.InPrompt = max(0, at-1)/batch*batch, true
	case "decode":
		a.Position = tokens
	}
	return a
}

// ask lets the world answer for ever.
func (w *world) ask(q Question) (Answer, bool) { return w.run(q), true }

// needed is the smallest length that breaks.
func (w *world) needed() int {
	n := max(1, w.length, w.ids)
	for _, cell := range w.spans {
		n = max(n, (cell+1)*cellTokens)
	}
	return n
}

func natural() shapes.Shape {
	s, err := shapes.Parse("natural")
	if err != nil {
		panic(err)
	}
	return s
}

func request(slot int) scenario.Request {
	return scenario.Request{
		Slot: slot, Reply: 64,
		Recipe: scenario.Recipe{Shape: natural(), Seed: uint64(slot), Tokens: startTokens, Nonce: "0123456789ab"},
	}
}

// wave is what the notes' table starts from: two slots, 100,000 tokens each.
func wave() scenario.Scenario {
	return scenario.Scenario{NP: 2, Ctx: 262_144, Steps: []scenario.Step{{Requests: []scenario.Request{request(0), request(1)}}}}
}

// drawBug draws the needs of a bug in one wave: a length, what triggers it, and one kind of content.
func drawBug(r *rand.Rand, rate float64) *world {
	w := &world{rate: rate, r: r}
	w.length = 2_000 + r.IntN(startTokens-2_000)
	switch u := r.Float64(); { // as in the notes' fault models
	case u < 0.60:
		w.trigger = "position"
	case u < 0.85:
		w.trigger = "decode"
	default:
		w.trigger = "start"
	}
	switch u := r.Float64(); {
	case u < 0.4:
	case u < 0.6:
		w.ids = int(math.Exp2(1 + 9*r.Float64()))
	case u < 0.85:
		w.spans = []int{r.IntN(cells)}
	default:
		w.spans = []int{r.IntN(cells), r.IntN(cells)}
	}
	for i, cell := range w.spans { // the last cell is cut by the end of the prompt
		w.spans[i] = min(cell, cells-2)
	}
	if r.Float64() < 0.3 {
		w.np = 2
	}
	return w
}
