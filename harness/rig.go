package harness

import (
	"context"
	"time"

	"ctxcliff/harness/internal/far"
	"ctxcliff/harness/trial"
	"ctxcliff/prompts"
)

// Rig is what any walk over starts needs: what is tested, how, and where what is seen goes. A walk
// ([Screen]) is a rig and an order in which to do things.
type Rig struct {
	Settings trial.Settings
	Seed     uint64 // all prompts and nonces come from it
	Labs     Labs   // of every target that the walk comes to
	Limits   Limits
	Port     int    // 0: a free one for each start
	LogDir   string // each start's whole log goes here
	Recorder Recorder
	Listener Listener
	Canary   bool // ask fixed prompts before and after attempts, and for probabilities, to tell wrong answers

	asleep    func() time.Duration // nil: [awake.Asleep]
	starts    int                  // launched so far; numbers the next one
	tokenizer currentTokenizer
	maker     *prompts.Maker // knows each vocabulary for the whole run
	bound     stallBound
	kernels   kernels
	gauges    *gauges
	outposts  map[far.Target]*outpost
	dark      []string // what of this host cannot be watched, and why
}

// Limits bound how long a server may be silent.
type Limits struct {
	Ready     time.Duration // from launch to ready
	LoadStall time.Duration // of a load that reads, writes and logs nothing
	Stall     time.Duration // floor of the stall bound: see [stallBound]
	Grace     time.Duration // from TERM to KILL
	Late      time.Duration // silence of the kernel log, after a finding on a GPU, before the next start
	Peers     time.Duration // until an rpc-server of ours accepts connections, and until all have named their devices
	Link      time.Duration // silence of another host after which the link to it counts as lost
	Dying     time.Duration // from the moment at which it no longer answers to its end
	Away      time.Duration // that a server of somebody else's may be away before it counts as gone
	Busy      time.Duration // that others may keep such a server busy
}

// DefaultLimits fit models whose load takes up to 290 s and whose slowest batch takes a minute, and
// an abort handler that lets gdb write a backtrace of a big process before it ends.
var DefaultLimits = Limits{Ready: 15 * time.Minute, LoadStall: 5 * time.Minute, Stall: 60 * time.Second, Peers: time.Minute, Link: far.DefaultSilence, Grace: 10 * time.Second, Dying: 10 * time.Second, Late: 2 * time.Second, Away: 15 * time.Second, Busy: 2 * time.Minute}

// prepare makes the rig ready for its first start. Whoever calls it calls pack in the end.
func (r *Rig) prepare(ctx context.Context) {
	r.maker = prompts.NewMaker(&r.tokenizer)
	r.bound = stallBound{floor: r.Limits.Stall}
	if g := r.guest(); g != nil {
		unseen := g.unseen()
		r.kernels, r.gauges, r.dark = kernels{false: {why: unseen[0]}}, &gauges{}, unseen[1:]
		return
	}
	r.kernels = openKernels(ctx, r.Labs, r.LogDir)
	r.gauges, r.dark = openGauges(ctx)
}

// pack gives back what prepare took.
func (r *Rig) pack() {
	r.abandon()
	r.kernels.close()
}

// host is this one, as what is seen of the lab's servers there.
func (r *Rig) host(lab *Lab) *station {
	return &station{name: "server", kernel: r.kernels.of(lab), gauges: r.gauges}
}

// note records a sentence for the report, durably, and tells the listener.
func (r *Rig) note(ctx context.Context, text string) error {
	r.tell(trial.Note{Text: text})
	return r.Recorder.Note(context.WithoutCancel(ctx), text)
}

func (r *Rig) tell(e trial.Event) {
	if r.Listener != nil {
		r.Listener.Observe(e)
	}
}

// guest is what is known of a server that somebody else runs; nil: the rig starts its own.
func (r *Rig) guest() *guest {
	if len(r.Labs) != 1 {
		return nil
	}
	return r.Labs[0].guest
}
