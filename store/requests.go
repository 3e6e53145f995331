package store

import (
	"context"

	"ctxcliff/harness/trial"
)

const requestColumns = "slot, shape, seed, target_tokens, vocabulary, nonce, form, hash, asked, may_reuse, delay_us, cancel_at, endpoint, params, may_refuse, " +
	"http_status, error_type, error, complete, cancelled, prompt_tokens, cached_tokens, processed_tokens, predicted_tokens, " +
	"prompt_us, predicted_us, reached, elapsed_us, stop_type, truncated, reply, served_by"

// putRequest stores a request, over the one that was stored at the same place of the attempt.
var putRequest = insertInto("requests", "attempt, position, "+requestColumns) +
	" ON CONFLICT (attempt, position) DO UPDATE SET " + excluded(requestColumns)

const dropRequests = "DELETE FROM requests WHERE attempt = ? AND position >= ?"

// putRequests stores the requests of the attempt, over those that are stored at the same places.
func putRequests(ctx context.Context, t tx, attempt int64, list []trial.Request) error {
	for position, r := range list {
		if _, err := t.run(ctx, putRequest, append([]any{attempt, position}, requestValues(r)...)...); err != nil {
			return err
		}
	}
	return nil
}

func requestValues(r trial.Request) []any {
	return []any{r.Slot, r.Shape, int64(r.Seed), r.Target, r.Vocabulary, r.Nonce, r.Form, r.Hash, r.Asked, r.MayReuse, r.Delay.Microseconds(), r.CancelAt, r.Endpoint, r.Params, r.MayRefuse,
		r.HTTPStatus, r.ErrorType, r.Error, r.Complete, r.Cancelled,
		r.PromptTokens, r.CachedTokens, r.ProcessedTokens, r.PredictedTokens,
		r.PromptTime.Microseconds(), r.PredictedTime.Microseconds(), r.Position, r.Elapsed.Microseconds(),
		r.StopType, r.Truncated, ids(r.Reply), r.ServedBy}
}

// eachRequest hands out the requests of a run's attempts, those of one attempt in their order.
func eachRequest(ctx context.Context, t tx, run int64, condition string, do func(attempt int64, r trial.Request)) error {
	return t.rows(ctx, func(into func(...any) error) error {
		var r trial.Request
		var attempt, seed, delay, promptTime, predictedTime, elapsed int64
		err := into(&attempt, &r.Slot, &r.Shape, &seed, &r.Target, &r.Vocabulary, &r.Nonce, &r.Form, &r.Hash, &r.Asked, &r.MayReuse, &delay, &r.CancelAt, &r.Endpoint, &r.Params, &r.MayRefuse,
			&r.HTTPStatus, &r.ErrorType, &r.Error, &r.Complete, &r.Cancelled,
			&r.PromptTokens, &r.CachedTokens, &r.ProcessedTokens, &r.PredictedTokens,
			&promptTime, &predictedTime, &r.Position, &elapsed,
			&r.StopType, &r.Truncated, (*ids)(&r.Reply), &r.ServedBy)
		if err != nil {
			return err
		}
		r.Seed, r.Delay = uint64(seed), fromSpan(delay)
		r.PromptTime, r.PredictedTime, r.Elapsed = fromSpan(promptTime), fromSpan(predictedTime), fromSpan(elapsed)
		do(attempt, r)
		return nil
	}, "SELECT q.attempt, "+qualified("q", requestColumns)+
		" FROM attempts a JOIN requests q ON q.attempt = a.key WHERE "+ofRun("a", condition)+" ORDER BY a.key, q.position", run)
}
