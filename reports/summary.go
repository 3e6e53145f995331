package reports

import (
	"time"

	"ctxcliff/harness/expect"
	"ctxcliff/harness/faults"
	"ctxcliff/harness/plan"
	"ctxcliff/harness/trial"
)

// Summary is everything that a report shows. Renderers read nothing else, so whoever must hide
// something from a report changes it here.
type Summary struct {
	Run            trial.Run
	Took           time.Duration   // from the beginning to the last thing that was recorded; 0 unknown
	Build          Build           // of the first target
	Targets        []Target        // in the order of the plan; at least one
	Configurations []Configuration // in the order of the plan
	Cells          []Cell          // in the order of the plan, cells that were skipped last
	Starts         []trial.Start   // by number
	Totals         Totals
	Notes          []string // those of the run, then what the numbers themselves call for
	Unobserved     []string // what this record cannot say; never taken for "nothing happened"
	Unjudged       []Unjudged

	Hunt  *Hunt  // what a bisection asked for; nil for runs that look for no edges
	Edges []Edge // that it found so far, in the order of its lines
	Gate  *Gate  // how it compares with what was expected; nil where nobody said what is
	Story *Story // what a reproduction or a minimisation came to; nil for other runs
	Fuzz  *Fuzz  // what a campaign came to; nil for other runs
}

// Unjudged is an oracle that could not judge some attempts, and why.
type Unjudged struct {
	Oracle, Reason string
	Attempts       int // warm-ups included
}

// Build names the llama-server that was tested.
type Build struct {
	Commit string // "" unknown
	Number int    // 0 unknown
}

// Configuration is what needed a server start to change, with the command that was really used.
type Configuration struct {
	ID          string
	NP          int
	Ctx         int       // total, as asked for
	PS          int       // per slot, as asked for
	SlotContext int       // per slot, as the server said; 0 when it never said
	Starts      int       // servers launched for it
	Argv        []string  // of its first start; empty when it was never started
	Build       string    // as the server itself said; "" when it never said
	Devices     []string  // that the server used, where it said so
	Need        plan.Need // what it was expected to take
	Peak        int64     // most memory that was in use in a start; 0 unknown
	Uses        []Use     // by device, where that was predicted
}

// Cell is one square of the matrix with everything seen of it.
type Cell struct {
	ID            string
	Configuration string
	Model         string // the first three fields of the id
	Backend       string
	Topology      string
	Shape         string // text form
	NP, Ctx, PS   int    // slots, total context, context per slot as asked for
	TargetTokens  int    // prompt size asked for
	// PromptTokens is the size that was reached: as the server counted it or, where it never
	// answered, as counted by whoever made the ids. 0 when neither is known.
	PromptTokens int

	Verdict    trial.Verdict
	Outcome    trial.Outcome
	Starts     int         // that count
	Passed     int         // starts whose every attempt that counts was answered
	Refused    int         // starts that were refused cleanly
	Failed     int         // starts that broke
	UpperBound float64     // one-sided 95 % bound on the rate of failing starts; 1 when nothing counted
	Gate       expect.Word // what it comes to, held against what was expected; "" as expected, or nothing was
	GateSays   string      // by which entry, and how that was decided
	Surprise   string      // how a refusal or an answer differs from what the context calls for; "" as expected

	Attempts []Attempt  // by start and number; warm-ups are not among them
	Cold     Throughput // over passing attempts that computed every token
	Cached   Throughput // over passing attempts that took tokens from the cache

	Fault   *faults.Fault // of the attempt that gave the cell its outcome; nil when nothing was classified
	Bug     string        // the fault's id, "" without a fault
	Reason  string        // that attempt's sentence, or why the cell was skipped
	LogFile string        // the whole log of that attempt's start, as the store names it
	// The rest of what that attempt left behind: what happened, in order; what oracles say against its
	// answers; files of evidence.
	TimeLine []trial.Moment
	Opinions []trial.Opinion
	Files    []string
	Again    []string // the command line that runs this cell alone again, from the same seed

	Need plan.Need // memory that its configuration was expected to take
	Peak int64     // most memory that was in use in a start of it; 0 unknown
	Uses []Use     // by device, where that was predicted

	Load Stat     // seconds from launch to ready, of the starts of its configuration
	Wins []string // metrics by which it surely beats the same square of every other backend and topology
}

// Attempt is one row of the table of attempts.
type Attempt struct {
	N, Start     int // number within start and cell; number of the start within the run
	Outcome      trial.Outcome
	Ending       trial.Ending
	Cold, Cached bool  // by the server's own numbers; both false when it gave none
	PromptTokens int   // smallest over the slots, as the server counted; 0 unknown
	CachedTokens int   // largest over the slots
	Processed    []int // prompt_n of each slot
	CacheN       []int // cache_n of each slot
	PP, TG       float64
	Seconds      float64
	Position     int // largest prompt position seen; -1 none
	Reason       string
	Gauges       []trial.Gauge // highest readings while it ran
	Prompts      []Prompt      // what was sent, by slot
}

// Prompt is the recipe of one prompt: with the server's vocabulary it makes the same bytes again.
type Prompt struct {
	Slot       int
	Shape      string
	Seed       uint64
	Target     int // tokens
	Nonce      string
	Form       string // ids, text or chat
	Vocabulary string
	Hash       string // SHA-256 of what was sent, in hex
}

// Throughput is what several attempts of one kind, cold or cached, took. PP and TG are tokens per second
// over all slots. The prompt rate of a cached attempt says nothing, for it is made of the few tokens that
// were not in the cache; what counts is Reused.
type Throughput struct {
	PP, TG, Seconds Stat
	Reused          Stat // prompt tokens taken from the cache, largest over the slots
}

// Totals are the numbers of the whole run.
type Totals struct {
	Cells      int     // planned, skipped ones included
	Tested     int     // that at least one start says something about
	Outcomes   []Tally // cells by outcome, in the order of the table of outcomes, zeros left out
	Verdicts   []Tally // cells by verdict, zeros left out
	Unexpected int     // cells that break or flake, and were not expected to
	Troubled   int     // cells that the tester or the lab kept from being tested, and odd refusals

	Starts        int     // servers launched
	CountedStarts int     // of these, how many say something about the subject
	FailedStarts  int     // of these, how many broke in any cell
	UpperBound    float64 // on the rate of failing starts, over this mixture of cells; 1 when none counted
	Attempts      int     // warm-ups apart
	Passes        int     // attempts that were answered
	Warmups       int
}

// Tally is a count under a name.
type Tally struct {
	Name  string
	Count int
}

// ExitKind says what a run as a whole comes to. The zero value is no kind at all.
type ExitKind uint8

const (
	_            ExitKind = iota
	Clean                 // something was tested; all of it holds, was refused as it should be, or fails as expected
	Failures              // at least one cell breaks or flakes, or passes, against what was expected
	Trouble               // the tester or the lab stood in the way, and nothing broke
	Inconclusive          // nothing was tested
)

func (k ExitKind) String() string {
	return [...]string{"unknown", "clean", "failures", "trouble", "inconclusive"}[k]
}

// Exit says what the run comes to.
func (s Summary) Exit() ExitKind {
	switch {
	case s.Hunt != nil:
		return s.huntExit()
	case s.Fuzz != nil:
		return s.Fuzz.exit(s.Run.Status)
	case s.Story != nil && s.Run.Status == trial.Failed:
		return Trouble
	case s.Story != nil:
		_, _, _, exit := s.Story.outcome()
		return exit
	}
	switch t := s.Totals; {
	case t.Unexpected > 0, s.Gate != nil && s.Gate.unexpected() > 0:
		return Failures
	case t.Troubled > 0 || s.Run.Status == trial.Failed:
		return Trouble
	case t.Tested == 0:
		return Inconclusive
	}
	return Clean
}

// finding reports whether the cell is a finding against the subject.
func (c Cell) finding() bool { return c.Verdict == trial.Breaks || c.Verdict == trial.Flaky }
