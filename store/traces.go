package store

import (
	"context"
	"errors"

	"ctxcliff/harness/trial"
)

// The traces of an attempt are what it leaves behind beside its requests and its fault: time line,
// opinions, gauges. A clean attempt has few of them or none.

func traced(a trial.Attempt) bool { return len(a.TimeLine)+len(a.Opinions)+len(a.Gauges) > 0 }

func insertTraces(ctx context.Context, t tx, attempt int64, a trial.Attempt) error {
	return errors.Join(
		put(ctx, t, moments, attempt, a.TimeLine, momentValues),
		put(ctx, t, opinions, attempt, a.Opinions, opinionValues),
		put(ctx, t, attemptGauges, attempt, a.Gauges, gaugeValues))
}

// eachTrace appends the traces of a run's attempts to them.
func eachTrace(ctx context.Context, t tx, run int64, condition string, of func(attempt int64) *trial.Attempt) error {
	const owners = "attempts a"
	var key int64
	return errors.Join(
		moments.each(ctx, t, owners, run, condition, func(into func(...any) error) error {
			var m trial.Moment
			var at int64
			if err := into(&key, &at, &m.Source, &m.Text); err != nil {
				return err
			}
			m.At = fromMicros(at)
			a := of(key)
			a.TimeLine = append(a.TimeLine, m)
			return nil
		}),
		opinions.each(ctx, t, owners, run, condition, func(into func(...any) error) error {
			var o trial.Opinion
			if err := into(&key, &o.Oracle, (*string)(&o.Says), &o.Reason); err != nil {
				return err
			}
			a := of(key)
			a.Opinions = append(a.Opinions, o)
			return nil
		}),
		attemptGauges.each(ctx, t, owners, run, condition, func(into func(...any) error) error {
			var g trial.Gauge
			if err := into(append([]any{&key}, gaugeFields(&g)...)...); err != nil {
				return err
			}
			a := of(key)
			a.Gauges = append(a.Gauges, g)
			return nil
		}))
}

// replacePeers stores the rpc-servers and gauges of a start over those that are stored.
func replacePeers(ctx context.Context, t tx, start int64, s trial.Start) error {
	return errors.Join(
		replace(ctx, t, peers, start, s.Peers, peerValues),
		replace(ctx, t, startGauges, start, s.Gauges, gaugeValues))
}

// eachPeer appends rpc-servers and gauges to the starts of a run.
func eachPeer(ctx context.Context, t tx, run int64, condition string, of func(start int64) *trial.Start) error {
	const owners = "starts s"
	var key int64
	return errors.Join(
		peers.each(ctx, t, owners, run, condition, func(into func(...any) error) error {
			var p trial.Peer
			var pidStart int64
			if err := into(&key, &p.Name, &p.Endpoint, (*list)(&p.Argv), &p.PID, &pidStart, &p.Exit, &p.Requested, &p.LogFile); err != nil {
				return err
			}
			p.PIDStart = uint64(pidStart)
			s := of(key)
			s.Peers = append(s.Peers, p)
			return nil
		}),
		startGauges.each(ctx, t, owners, run, condition, func(into func(...any) error) error {
			var g trial.Gauge
			if err := into(append([]any{&key}, gaugeFields(&g)...)...); err != nil {
				return err
			}
			s := of(key)
			s.Gauges = append(s.Gauges, g)
			return nil
		}))
}
