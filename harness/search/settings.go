package search

import (
	"fmt"
	"math"
)

// Axis is what grows. The empty value means tokens.
type Axis string

// The axes.
const (
	AxisTokens Axis = "tokens" // the prompt grows inside one fixed context
	AxisCtx    Axis = "ctx"    // the context itself grows; each size needs a start of its own
)

// Level is a name for how many clean exposures a claim needs.
type Level string

// The levels and the failure rate that each excludes at 95 %.
const (
	Quick    Level = "quick"    // 2: below 78 %
	Standard Level = "standard" // 3: below 63 %
	Strong   Level = "strong"   // 5: below 45 %
	Flake    Level = "flake"    // 9: below 28 %
	Certify  Level = "certify"  // 59: below 5 %
)

// Levels lists them, least sure first.
func Levels() []Level { return []Level{Quick, Standard, Strong, Flake, Certify} }

// Exposures is the K of a level, 0 for an unknown one.
func (l Level) Exposures() int {
	return map[Level]int{Quick: 2, Standard: 3, Strong: 5, Flake: 9, Certify: 59}[l]
}

// Settings are the rules of a search. The zero value of each field asks for the default; see
// [Settings.WithDefaults].
type Settings struct {
	Axis       Axis    `json:"axis,omitempty"`        // default tokens
	Exposures  int     `json:"exposures,omitempty"`   // K: clean exposures that a claim needs; default 3
	Guard      float64 `json:"guard,omitempty"`       // distance kept from the shortest crash; default 0.05, negative for none
	Floor      int     `json:"floor,omitempty"`       // smallest size of interest; default 1024, or half the ceiling where that is less
	Resolution int     `json:"resolution,omitempty"`  // first scout's step and width at which a bisection stops; default 0 = by size
	MaxCrashes int     `json:"max_crashes,omitempty"` // crashes of one cell after which it is left inconclusive; default 6
	Batch      int     `json:"batch,omitempty"`       // the server's n_batch: how far above its position a crash may lie; default 2048
	Reply      int     `json:"reply,omitempty"`       // tokens decoded after each step of a scout; default 4

	// Fill is the share of a slot's context that a prompt takes on axis ctx; default 0.5, as in
	// the field's np1 staircase. Not used on axis tokens.
	Fill float64 `json:"fill,omitempty"`

	// Resolve spends up to eight probes more on a crash that only the scout saw: cold prompts at
	// its length and above, and scouts once more. It tells an island, a flaky fault and a fault
	// of the cached path apart. It never raises a claim.
	Resolve bool `json:"resolve,omitempty"`

	// Spread allows restarts between exposures, as a share of the time spent, because many
	// requests in one start are not many trials. Default: 0.04 from nine exposures on, else 0.
	// Where a load takes less than fifteen seconds every exposure gets a start of its own anyway.
	// Negative: never.
	Spread float64 `json:"spread,omitempty"`

	Budget    float64 `json:"budget,omitempty"`     // seconds for everything; 0 = no limit
	MaxStarts int     `json:"max_starts,omitempty"` // server starts for everything; 0 = no limit
}

// WithDefaults fills what is zero. Doing it twice changes nothing.
func (s Settings) WithDefaults() Settings {
	s.Axis = orElse(s.Axis, AxisTokens)
	s.Exposures = orElse(s.Exposures, Standard.Exposures())
	s.Guard = orElse(s.Guard, 0.05)
	s.MaxCrashes = orElse(s.MaxCrashes, 6)
	s.Batch = orElse(s.Batch, 2048)
	s.Reply = orElse(s.Reply, 4)
	s.Fill = orElse(s.Fill, 0.5)
	if s.Spread == 0 && s.Exposures >= Flake.Exposures() {
		s.Spread = 0.04
	}
	return s
}

// guard is the share that a claim stays below the shortest crash.
func (s Settings) guard() float64 { return math.Max(0, s.Guard) }

// Validate says what is wrong with settings that have their defaults.
func (s Settings) Validate() error {
	switch {
	case s.Axis != AxisTokens && s.Axis != AxisCtx:
		return fmt.Errorf("axis %q is not known; use tokens or ctx", s.Axis)
	case s.Exposures < 1:
		return fmt.Errorf("%d exposures prove nothing; use at least 1", s.Exposures)
	case !(s.Guard < 0.5):
		return fmt.Errorf("guard %g would give away half of what holds; use a share such as 0.05", s.Guard)
	case s.Floor < 0 || s.Resolution < 0 || s.Batch < 0 || s.Reply < 0:
		return fmt.Errorf("floor %d, resolution %d, batch %d and reply %d must not be negative", s.Floor, s.Resolution, s.Batch, s.Reply)
	case s.MaxCrashes < 1:
		return fmt.Errorf("a search that stops after %d crashes cannot look at one; use at least 1", s.MaxCrashes)
	case !(s.Fill > 0 && s.Fill <= 1):
		return fmt.Errorf("fill %g is not a share of the context; use more than 0 and at most 1", s.Fill)
	case !(s.Budget >= 0) || s.MaxStarts < 0:
		return fmt.Errorf("budget %g s and %d starts must not be negative", s.Budget, s.MaxStarts)
	}
	return nil
}

func orElse[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
