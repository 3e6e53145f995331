-- What makes storing fast: beginning and ending an attempt writes one row, its requests included.

ALTER TABLE requests RENAME TO request_rows; -- of attempts from before, and with bytes that are no text

-- A JSON array with an object for each request; NULL: they are in request_rows. The view says what the keys
-- mean; what is 0, false or empty is left out; d, t, u and e are nanoseconds; the seed is a text.
ALTER TABLE attempts ADD COLUMN requests TEXT CHECK (requests IS NULL OR json_valid(requests));

CREATE VIEW requests AS
    SELECT attempt, position, slot, shape, seed, target_tokens, vocabulary, nonce, form, hash, asked, may_reuse, delay_us, cancel_at,
        endpoint, params, may_refuse, http_status, error_type, error, complete, cancelled, prompt_tokens, cached_tokens,
        processed_tokens, predicted_tokens, prompt_us, predicted_us, reached, elapsed_us, stop_type, truncated, reply, served_by
    FROM request_rows
    UNION ALL
    SELECT a.key, j.key, ifnull(j.value ->> 's', 0), ifnull(j.value ->> 'f', ''), ifnull(j.value ->> 'seed', '0'), ifnull(j.value ->> 'n', 0),
        ifnull(j.value ->> 'v', ''), ifnull(j.value ->> 'nonce', ''), ifnull(j.value ->> 'form', ''), ifnull(j.value ->> 'h', ''),
        ifnull(j.value ->> 'r', 0), ifnull(j.value ->> 'again', 0), ifnull(j.value ->> 'd', 0) / 1000, ifnull(j.value ->> 'cut', 0),
        ifnull(j.value ->> 'at', ''), ifnull(j.value ->> 'params', ''), ifnull(j.value ->> 'refuse', 0),
        ifnull(j.value ->> 'http', 0), ifnull(j.value ->> 'class', ''), ifnull(j.value ->> 'error', ''), ifnull(j.value ->> 'ok', 0),
        ifnull(j.value ->> 'left', 0), ifnull(j.value ->> 'p', 0), ifnull(j.value ->> 'c', 0), ifnull(j.value ->> 'w', 0), ifnull(j.value ->> 'g', 0),
        ifnull(j.value ->> 't', 0) / 1000, ifnull(j.value ->> 'u', 0) / 1000, ifnull(j.value ->> 'pos', 0), ifnull(j.value ->> 'e', 0) / 1000,
        ifnull(j.value ->> 'stop', ''), ifnull(j.value ->> 'short', 0), ifnull(j.value ->> 'ids', 'null'), ifnull(j.value ->> 'by', 0)
    FROM attempts a, json_each(a.requests) j;

-- One index finds a run's attempts, and those of a cell in it. Who removes cells makes another for as long.
DROP INDEX attempts_run;
DROP INDEX attempts_cell;
CREATE INDEX attempts_run ON attempts (run, cell);
