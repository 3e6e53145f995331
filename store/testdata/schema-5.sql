PRAGMA application_id = 1668577379;
PRAGMA user_version = 5;
CREATE TABLE targets (
    key        INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    server     TEXT NOT NULL,
    launch     TEXT NOT NULL CHECK (json_valid(launch)),
    url        TEXT NOT NULL,
    model      TEXT NOT NULL,
    backend    TEXT NOT NULL,
    power      TEXT NOT NULL,
    topology   TEXT NOT NULL, -- its name; '' it has none but the number of its peers
    peers      TEXT NOT NULL CHECK (json_valid(peers)),
    rpc_server TEXT NOT NULL,
    args       TEXT NOT NULL CHECK (json_valid(args)),
    env        TEXT NOT NULL CHECK (json_valid(env)),
    UNIQUE (name, server, launch, url, model, backend, power, topology, peers, rpc_server, args, env)
) STRICT;
CREATE TABLE configurations (
    key    INTEGER PRIMARY KEY,
    target INTEGER NOT NULL REFERENCES targets,
    id     TEXT NOT NULL,
    np     INTEGER NOT NULL,
    ctx    INTEGER NOT NULL,
    reply  INTEGER NOT NULL,
    UNIQUE (target, np, ctx, reply)
) STRICT;
CREATE TABLE cells (
    key           INTEGER PRIMARY KEY,
    configuration INTEGER NOT NULL REFERENCES configurations,
    id            TEXT NOT NULL,
    shape         TEXT NOT NULL,
    tokens        INTEGER NOT NULL,
    UNIQUE (configuration, shape, tokens)
) STRICT;
CREATE INDEX cells_id ON cells (id);
CREATE TABLE runs (
    key                   INTEGER PRIMARY KEY,
    id                    TEXT NOT NULL UNIQUE CHECK (id <> ''),
    command               TEXT NOT NULL,
    argv                  TEXT NOT NULL CHECK (json_valid(argv)),
    version               TEXT NOT NULL,
    seed                  INTEGER NOT NULL,
    began                 INTEGER NOT NULL,
    ended                 INTEGER,
    status                TEXT NOT NULL CHECK (status IN ('running', 'finished', 'interrupted', 'failed')),
    starts                INTEGER NOT NULL,
    attempts              INTEGER NOT NULL,
    isolation             TEXT NOT NULL,
    reply                 INTEGER NOT NULL,
    warmup                INTEGER NOT NULL CHECK (warmup IN (0, 1)),
    os                    TEXT NOT NULL,
    kernel                TEXT NOT NULL,
    arch                  TEXT NOT NULL,
    cpu                   TEXT NOT NULL,
    cores                 INTEGER NOT NULL,
    memory_mib            INTEGER NOT NULL,
    boot_id               TEXT NOT NULL,
    -- The ctxcliff process that makes the run; with boot_id it tells a live run from a lost one.
    owner_pid             INTEGER NOT NULL,
    owner_pid_start       INTEGER NOT NULL
, campaign TEXT NOT NULL DEFAULT '', shard INTEGER NOT NULL DEFAULT 0, shards INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX runs_began ON runs (began, id);
CREATE INDEX runs_running ON runs (key) WHERE status = 'running';
CREATE TABLE run_targets (
    run                   INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    position              INTEGER NOT NULL, -- from 0
    target                INTEGER NOT NULL REFERENCES targets,
    server_path           TEXT NOT NULL,
    server_version        TEXT NOT NULL,
    server_commit         TEXT NOT NULL,
    server_build          INTEGER NOT NULL,
    server_devices        TEXT NOT NULL CHECK (json_valid(server_devices)),
    model_path            TEXT NOT NULL,
    model_name            TEXT NOT NULL,
    model_arch            TEXT NOT NULL,
    model_file_type       TEXT NOT NULL,
    model_size            INTEGER NOT NULL,
    model_trained_context INTEGER NOT NULL,
    model_vocabulary      INTEGER NOT NULL,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_configurations (
    run           INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    configuration INTEGER NOT NULL REFERENCES configurations,
    need_bytes    INTEGER NOT NULL, -- memory that it was expected to take
    need_by       TEXT NOT NULL, starts INTEGER NOT NULL DEFAULT 0,    -- who said so; '' nobody
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE demands ( -- what a configuration was expected to take of each device, where that was known
    run           INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    configuration INTEGER NOT NULL REFERENCES configurations,
    position      INTEGER NOT NULL,
    device        TEXT NOT NULL,
    of            TEXT NOT NULL,    -- what it is
    memory        TEXT NOT NULL,    -- whose memory it takes; '' its own
    bytes         INTEGER NOT NULL,
    free          INTEGER NOT NULL, -- bytes, before the run; 0 not known
    gauge         TEXT NOT NULL,    -- device of the gauges that show it; '' none
    PRIMARY KEY (run, configuration, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_cells (
    run      INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    position INTEGER NOT NULL,
    cell     INTEGER NOT NULL REFERENCES cells,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_cells_cell ON run_cells (cell);
CREATE TABLE skips (
    run      INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    position INTEGER NOT NULL,
    cell     INTEGER NOT NULL REFERENCES cells,
    reason   TEXT NOT NULL,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE starts (
    key           INTEGER PRIMARY KEY,
    run           INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    n             INTEGER NOT NULL,
    configuration INTEGER NOT NULL REFERENCES configurations,
    argv          TEXT NOT NULL CHECK (json_valid(argv)),
    pid           INTEGER NOT NULL,
    pid_start     INTEGER NOT NULL,
    boot_id       TEXT NOT NULL,
    began         INTEGER NOT NULL,
    load_us       INTEGER NOT NULL,
    exit          TEXT NOT NULL,
    requested     INTEGER NOT NULL CHECK (requested IN (0, 1)),
    outcome       TEXT NOT NULL CHECK (outcome IN ('unknown', 'pass', 'warn', 'garbage', 'leak', 'fail',
                      'crash', 'gpufault', 'oom', 'hang', 'loadfail', 'refused', 'sizing', 'incomplete',
                      'infra', 'skip', 'missing')),
    build         TEXT NOT NULL,
    slots         INTEGER NOT NULL,
    slot_context  INTEGER NOT NULL,
    model         TEXT NOT NULL,
    devices       TEXT NOT NULL CHECK (json_valid(devices)),
    log_file      TEXT NOT NULL,
    log_bytes     INTEGER NOT NULL,
    unobserved    TEXT NOT NULL CHECK (json_valid(unobserved)), -- sentences: what could not be watched, and why
    ended         INTEGER,
    UNIQUE (run, n)
) STRICT;
CREATE INDEX starts_open ON starts (run) WHERE ended IS NULL;
CREATE TABLE peers (
    start     INTEGER NOT NULL REFERENCES starts ON DELETE CASCADE,
    position  INTEGER NOT NULL, -- from 0
    name      TEXT NOT NULL,
    endpoint  TEXT NOT NULL,
    argv      TEXT NOT NULL CHECK (json_valid(argv)),
    pid       INTEGER NOT NULL, -- 0: not started by us
    pid_start INTEGER NOT NULL,
    exit      TEXT NOT NULL,
    requested INTEGER NOT NULL CHECK (requested IN (0, 1)),
    log_file  TEXT NOT NULL,
    PRIMARY KEY (start, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE start_gauges (
    start        INTEGER NOT NULL REFERENCES starts ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    device       TEXT NOT NULL,
    memory_bytes INTEGER NOT NULL,
    memory_total INTEGER NOT NULL,
    temp_c       REAL NOT NULL,
    power_w      REAL NOT NULL,
    busy_percent REAL NOT NULL, memory_before INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (start, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE attempts (
    key        INTEGER PRIMARY KEY,
    run        INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    start      INTEGER NOT NULL REFERENCES starts ON DELETE CASCADE,
    cell       INTEGER REFERENCES cells,
    n          INTEGER NOT NULL,
    warmup     INTEGER NOT NULL CHECK (warmup IN (0, 1)),
    probe      INTEGER NOT NULL, -- seq of the bisection's question; 0: of none
    open       INTEGER NOT NULL CHECK (open IN (0, 1)),
    outcome    TEXT NOT NULL CHECK (outcome IN ('unknown', 'pass', 'warn', 'garbage', 'leak', 'fail',
                   'crash', 'gpufault', 'oom', 'hang', 'loadfail', 'refused', 'sizing', 'incomplete',
                   'infra', 'skip', 'missing')),
    reason     TEXT NOT NULL,
    host_lost  INTEGER NOT NULL CHECK (host_lost IN (0, 1)),
    began      INTEGER NOT NULL,
    elapsed_us INTEGER NOT NULL,
    files      TEXT NOT NULL CHECK (json_valid(files)), superseded INTEGER NOT NULL DEFAULT 0 CHECK (superseded IN (0, 1)), requests TEXT CHECK (requests IS NULL OR json_valid(requests)), -- further evidence, beside the log
    -- Without a cell an attempt counts nowhere; only warm-ups may.
    CHECK (cell IS NOT NULL OR warmup = 1),
    UNIQUE (start, cell, warmup, n)
) STRICT;
CREATE INDEX attempts_open ON attempts (run) WHERE open = 1;
CREATE TABLE searches (
    run      INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    cells    TEXT NOT NULL CHECK (json_valid(cells))
) STRICT;
CREATE TABLE probes (
    run    INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    seq    INTEGER NOT NULL, -- from 1, without gaps
    probe  TEXT NOT NULL CHECK (json_valid(probe)),
    answer TEXT CHECK (answer IS NULL OR json_valid(answer)), -- NULL: asked, and nobody said what happened
    PRIMARY KEY (run, seq)
) STRICT;
CREATE TABLE stories (
    run      INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    settings TEXT NOT NULL CHECK (json_valid(settings))
) STRICT;
CREATE TABLE questions (
    run      INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    seq      INTEGER NOT NULL, -- from 1, without gaps
    question TEXT NOT NULL CHECK (json_valid(question)),
    answer   TEXT CHECK (answer IS NULL OR json_valid(answer)), -- NULL: asked, and nobody said what happened
    PRIMARY KEY (run, seq)
) STRICT;
CREATE TABLE moments (
    attempt  INTEGER NOT NULL REFERENCES attempts ON DELETE CASCADE,
    position INTEGER NOT NULL, -- from 0
    at       INTEGER NOT NULL,
    source   TEXT NOT NULL,
    text     TEXT NOT NULL,
    PRIMARY KEY (attempt, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE opinions (
    attempt  INTEGER NOT NULL REFERENCES attempts ON DELETE CASCADE,
    position INTEGER NOT NULL,
    oracle   TEXT NOT NULL,
    says     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    PRIMARY KEY (attempt, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE attempt_gauges (
    attempt      INTEGER NOT NULL REFERENCES attempts ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    device       TEXT NOT NULL,
    memory_bytes INTEGER NOT NULL,
    memory_total INTEGER NOT NULL,
    temp_c       REAL NOT NULL,
    power_w      REAL NOT NULL,
    busy_percent REAL NOT NULL, memory_before INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (attempt, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE "request_rows" (
    key              INTEGER PRIMARY KEY,
    attempt          INTEGER NOT NULL REFERENCES attempts ON DELETE CASCADE,
    position         INTEGER NOT NULL, -- in the list of the attempt, from 0
    slot             INTEGER NOT NULL,
    shape            TEXT NOT NULL,
    seed             INTEGER NOT NULL,
    target_tokens    INTEGER NOT NULL,
    vocabulary       TEXT NOT NULL,
    nonce            TEXT NOT NULL,
    form             TEXT NOT NULL,
    hash             TEXT NOT NULL,
    asked            INTEGER NOT NULL, -- tokens of reply
    may_reuse        INTEGER NOT NULL CHECK (may_reuse IN (0, 1)),
    delay_us         INTEGER NOT NULL, -- after the wave began
    cancel_at        INTEGER NOT NULL, -- prompt tokens at which the client goes away; 0 never
    http_status      INTEGER NOT NULL,
    error_type       TEXT NOT NULL,
    error            TEXT NOT NULL,
    complete         INTEGER NOT NULL CHECK (complete IN (0, 1)),
    cancelled        INTEGER NOT NULL CHECK (cancelled IN (0, 1)),
    prompt_tokens    INTEGER NOT NULL,
    cached_tokens    INTEGER NOT NULL,
    processed_tokens INTEGER NOT NULL,
    predicted_tokens INTEGER NOT NULL,
    prompt_us        INTEGER NOT NULL,
    predicted_us     INTEGER NOT NULL,
    reached          INTEGER NOT NULL, -- prompt tokens at the last progress event; -1 none came
    elapsed_us       INTEGER NOT NULL,
    stop_type        TEXT NOT NULL,
    truncated        INTEGER NOT NULL CHECK (truncated IN (0, 1)),
    reply            TEXT NOT NULL CHECK (json_valid(reply)), -- token ids
    served_by        INTEGER NOT NULL, endpoint TEXT NOT NULL DEFAULT '', params TEXT NOT NULL DEFAULT '', may_refuse INTEGER NOT NULL DEFAULT 0 CHECK (may_refuse IN (0, 1)),
    UNIQUE (attempt, position)
) STRICT;
CREATE TABLE faults (
    key       INTEGER PRIMARY KEY,
    id        TEXT NOT NULL,
    signature TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX faults_id ON faults (id);
CREATE TABLE sightings (
    attempt     INTEGER PRIMARY KEY REFERENCES attempts ON DELETE CASCADE,
    fault       INTEGER NOT NULL REFERENCES faults,
    class       TEXT NOT NULL CHECK (class <> ''),
    category    TEXT NOT NULL,
    title       TEXT NOT NULL,
    component   TEXT NOT NULL,
    phase       TEXT NOT NULL,
    position    INTEGER NOT NULL,
    first_death TEXT NOT NULL,
    excerpt     TEXT NOT NULL CHECK (json_valid(excerpt)),
    alternates  TEXT NOT NULL CHECK (json_valid(alternates)),
    consequences TEXT NOT NULL CHECK (json_valid(consequences)),
    fate        TEXT NOT NULL, -- what became of the process: died, livesâ€¦; '' unknown
    rule        TEXT NOT NULL, -- that found it; '' the exit status alone
    tainted     INTEGER NOT NULL CHECK (tainted IN (0, 1))
) STRICT;
CREATE INDEX sightings_fault ON sightings (fault);
CREATE TABLE notes (
    key  INTEGER PRIMARY KEY,
    run  INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX notes_run ON notes (run);
CREATE TABLE campaigns (
    run      INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    settings TEXT NOT NULL CHECK (json_valid(settings))
) STRICT;
CREATE INDEX attempts_bad ON attempts (cell, run)
    WHERE outcome IN ('garbage', 'leak', 'fail', 'crash', 'gpufault', 'oom', 'hang', 'loadfail');
CREATE INDEX attempts_warmups ON attempts (run) WHERE warmup = 1;
CREATE INDEX runs_campaign ON runs (campaign) WHERE campaign <> '';
CREATE TABLE tallies (
    run      INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    cell     INTEGER NOT NULL REFERENCES cells,
    outcome  TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (run, cell, outcome)
) STRICT, WITHOUT ROWID;
CREATE INDEX tallies_cell ON tallies (cell);
CREATE TABLE visits (
    start   INTEGER NOT NULL REFERENCES starts ON DELETE CASCADE,
    cell    INTEGER NOT NULL REFERENCES cells,
    run     INTEGER NOT NULL,
    good    INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    bad     INTEGER NOT NULL,
    lost    INTEGER NOT NULL, -- the host went down with them
    PRIMARY KEY (start, cell)
) STRICT, WITHOUT ROWID;
CREATE INDEX visits_cell ON visits (cell);
CREATE TABLE sums (
    run     INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    cell    INTEGER NOT NULL REFERENCES cells,
    starts  INTEGER NOT NULL,
    failed  INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    lost    INTEGER NOT NULL,
    counted_lost INTEGER NOT NULL, -- of lost, how many count without that
    failed_lost  INTEGER NOT NULL, -- and how many of these failed
    PRIMARY KEY (run, cell)
) STRICT, WITHOUT ROWID;
CREATE INDEX sums_cell ON sums (cell);
CREATE TABLE lives (
    start   INTEGER PRIMARY KEY REFERENCES starts ON DELETE CASCADE,
    run     INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    failed  INTEGER NOT NULL
) STRICT;
CREATE TABLE run_sums (
    run     INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    starts  INTEGER NOT NULL, -- launched
    counted INTEGER NOT NULL,
    failed  INTEGER NOT NULL
) STRICT;
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
CREATE INDEX attempts_run ON attempts (run, cell);
INSERT INTO targets VALUES (1, '', '/opt/llama server/llama-server', 'null', '', '/m/qwen.gguf', 'rocm-7.2.4', '', '', '["10.0.0.2:50052"]', '', '["-fa","on"]', 'null');
INSERT INTO configurations VALUES (1, 1, 'qwen__rocm-7.2.4__rpc1__np1_ps4Ki', 1, 4096, 16);
INSERT INTO configurations VALUES (2, 1, 'qwen__rocm-7.2.4__rpc1__np2_ps4Ki', 2, 8192, 16);
INSERT INTO cells VALUES (1, 1, 'qwen__rocm-7.2.4__rpc1__np1_ps4Ki__opt__2k', 'opt', 2000);
INSERT INTO cells VALUES (2, 1, 'qwen__rocm-7.2.4__rpc1__np1_ps4Ki__natural__2k', 'natural', 2000);
INSERT INTO cells VALUES (3, 2, 'qwen__rocm-7.2.4__rpc1__np2_ps4Ki__opt__2k', 'opt', 2000);
INSERT INTO cells VALUES (4, 2, 'qwen__rocm-7.2.4__rpc1__np2_ps4Ki__natural__2k', 'natural', 2000);
INSERT INTO cells VALUES (5, 2, 'qwen__rocm-7.2.4__rpc1__np2_ps4Ki__natural__9k', 'natural', 9000);
INSERT INTO runs VALUES (1, 'golden', 'screen', '["screen","--np","1,2"]', 'v0.1.0', -1, 1795515300123456, NULL, 'running', 3, 2, 'cell', 16, 1, 'Debian 13', '6.12', 'amd64', 'Ryzen AI MAX+ 395', 32, 128000, 'b0', 4711, 42, '', 0, 0);
INSERT INTO run_targets VALUES (1, 0, 1, '/opt/llama-server', '0.7.0', 'abc', 11669, '["ROCm0"]', '/m/qwen.gguf', 'qwen', 'qwen3', 'Q4_K', 1099511627776, 262144, 151936);
INSERT INTO run_configurations VALUES (1, 0, 1, 0, '', 1);
INSERT INTO run_configurations VALUES (1, 1, 2, 0, '', 0);
INSERT INTO run_cells VALUES (1, 0, 1);
INSERT INTO run_cells VALUES (1, 1, 2);
INSERT INTO run_cells VALUES (1, 2, 3);
INSERT INTO run_cells VALUES (1, 3, 4);
INSERT INTO skips VALUES (1, 0, 5, 'does not fit into memory');
INSERT INTO starts VALUES (1, 1, 1, 1, '["llama-server","-np","1"]', 0, 0, 'b0', 1795515301123456, 0, 'signal:SIGABRT', 0, 'crash', '', 0, 0, '', 'null', '', 4711, '["the kernel log cannot be read: permission denied"]', 1795515309123456);
INSERT INTO peers VALUES (1, 0, 'rpc1', '127.0.0.1:50052', '["rpc-server"]', 12, 13, 'signal:SIGTERM', 1, 'start-0001.rpc1.log');
INSERT INTO start_gauges VALUES (1, 0, 'server', 1073741824, -1, -1.0, -1.0, -1.0, 0);
INSERT INTO attempts VALUES (1, 1, 1, 1, 1, 0, 0, 0, 'crash', 'llama-server ended by SIGABRT', 0, 1795515301123456, 1500000, '["attempt-1.slots.json"]', 0, '[{"f":"opt","seed":"9223372036854775809","n":2000,"v":"v1","nonce":"n0","form":"ids","h":"abababababababababababababababababababababababababababababababab","r":16,"error":"connection reset","pos":1024,"e":1400000000,"by":-1}]');
INSERT INTO attempts VALUES (2, 1, 1, 1, 2, 0, 0, 1, 'unknown', '', 0, 1795515302123456, 0, 'null', 0, '[{"f":"opt","seed":"9223372036854775810","n":2000,"v":"v1","nonce":"n0","form":"ids","h":"abababababababababababababababababababababababababababababababab","r":16,"again":true,"pos":-1,"by":-1}]');
INSERT INTO moments VALUES (1, 0, 1795515301123456, 'ctxcliff', 'slot 0: 2000 tokens sent');
INSERT INTO moments VALUES (1, 1, 1795515302123456, 'server', 'ggml.c:1: GGML_ASSERT(x > 0) failed ÿ');
INSERT INTO opinions VALUES (1, 0, 'canary', 'cannot judge', 'the server is gone');
INSERT INTO attempt_gauges VALUES (1, 0, 'card0', 103079215104, 137438953472, 71.5, -1.0, 99.0, 3221225472);
INSERT INTO faults VALUES (1, 'F-400cd978eb', 'GGML_ASSERT(x > 0)');
INSERT INTO sightings VALUES (1, 1, 'crash.assert', 'crash', 'GGML_ASSERT(x > 0) failed', 'llama-server ggml.c', 'prompt', 1024, 'server', '["ggml.c:1: GGML_ASSERT(x > 0) failed",{"base64":"Ynl0ZXMg/wAgdGhhdCBhcmUgbm8gdGV4dA=="}]', 'null', 'null', '', '', 0);
INSERT INTO notes VALUES (1, 1, 'kernel log not readable');
INSERT INTO tallies VALUES (1, 1, 'crash', 1);
INSERT INTO visits VALUES (1, 1, 1, 0, 0, 1, 0);
INSERT INTO sums VALUES (1, 1, 1, 1, 0, 0, 0, 0);
INSERT INTO lives VALUES (1, 1, 1, 1);
INSERT INTO run_sums VALUES (1, 1, 1, 1);
CREATE TRIGGER lives_insert AFTER INSERT ON lives BEGIN
    UPDATE run_sums SET counted = counted + (NEW.counted > 0), failed = failed + (NEW.failed > 0) WHERE run = NEW.run;
END;
CREATE TRIGGER lives_update AFTER UPDATE ON lives WHEN (NEW.counted > 0) <> (OLD.counted > 0) OR (NEW.failed > 0) <> (OLD.failed > 0) BEGIN
    UPDATE run_sums SET counted = counted + (NEW.counted > 0) - (OLD.counted > 0), failed = failed + (NEW.failed > 0) - (OLD.failed > 0) WHERE run = NEW.run;
END;
CREATE TRIGGER lives_delete AFTER DELETE ON lives BEGIN
    UPDATE run_sums SET counted = counted - (OLD.counted > 0), failed = failed - (OLD.failed > 0) WHERE run = OLD.run;
END;
CREATE TRIGGER visits_insert AFTER INSERT ON visits BEGIN
    INSERT INTO sums VALUES (NEW.run, NEW.cell, NEW.good + NEW.refused + NEW.bad > 0, NEW.bad > 0, NEW.bad = 0 AND NEW.refused > 0,
            NEW.lost > 0, NEW.lost > 0 AND NEW.good + NEW.refused + NEW.bad > 0, NEW.lost > 0 AND NEW.bad > 0)
        ON CONFLICT (run, cell) DO UPDATE SET starts = starts + excluded.starts, failed = failed + excluded.failed,
            refused = refused + excluded.refused, lost = lost + excluded.lost,
            counted_lost = counted_lost + excluded.counted_lost, failed_lost = failed_lost + excluded.failed_lost;
    INSERT INTO lives VALUES (NEW.start, NEW.run, NEW.good + NEW.refused + NEW.bad > 0, NEW.bad > 0)
        ON CONFLICT (start) DO UPDATE SET counted = counted + excluded.counted, failed = failed + excluded.failed;
END;
CREATE TRIGGER visits_update AFTER UPDATE ON visits
    WHEN (NEW.good + NEW.refused + NEW.bad > 0) <> (OLD.good + OLD.refused + OLD.bad > 0) OR (NEW.bad > 0) <> (OLD.bad > 0)
        OR (NEW.refused > 0) <> (OLD.refused > 0) OR (NEW.lost > 0) <> (OLD.lost > 0) BEGIN
    UPDATE sums SET starts = starts + (NEW.good + NEW.refused + NEW.bad > 0) - (OLD.good + OLD.refused + OLD.bad > 0),
            failed = failed + (NEW.bad > 0) - (OLD.bad > 0),
            refused = refused + (NEW.bad = 0 AND NEW.refused > 0) - (OLD.bad = 0 AND OLD.refused > 0),
            lost = lost + (NEW.lost > 0) - (OLD.lost > 0),
            counted_lost = counted_lost + (NEW.lost > 0 AND NEW.good + NEW.refused + NEW.bad > 0) - (OLD.lost > 0 AND OLD.good + OLD.refused + OLD.bad > 0),
            failed_lost = failed_lost + (NEW.lost > 0 AND NEW.bad > 0) - (OLD.lost > 0 AND OLD.bad > 0)
        WHERE run = NEW.run AND cell = NEW.cell;
    UPDATE lives SET counted = counted + (NEW.good + NEW.refused + NEW.bad > 0) - (OLD.good + OLD.refused + OLD.bad > 0),
            failed = failed + (NEW.bad > 0) - (OLD.bad > 0)
        WHERE start = NEW.start;
END;
CREATE TRIGGER visits_delete AFTER DELETE ON visits BEGIN
    UPDATE sums SET starts = starts - (OLD.good + OLD.refused + OLD.bad > 0), failed = failed - (OLD.bad > 0),
            refused = refused - (OLD.bad = 0 AND OLD.refused > 0), lost = lost - (OLD.lost > 0),
            counted_lost = counted_lost - (OLD.lost > 0 AND OLD.good + OLD.refused + OLD.bad > 0),
            failed_lost = failed_lost - (OLD.lost > 0 AND OLD.bad > 0)
        WHERE run = OLD.run AND cell = OLD.cell;
END;
CREATE TRIGGER runs_insert AFTER INSERT ON runs BEGIN
    INSERT INTO run_sums VALUES (NEW.key, 0, 0, 0);
END;
CREATE TRIGGER starts_insert AFTER INSERT ON starts BEGIN
    UPDATE run_sums SET starts = starts + 1 WHERE run = NEW.run;
    UPDATE run_configurations SET starts = starts + 1 WHERE run = NEW.run AND configuration = NEW.configuration;
END;
CREATE TRIGGER starts_delete AFTER DELETE ON starts BEGIN
    UPDATE run_sums SET starts = starts - 1 WHERE run = OLD.run;
    UPDATE run_configurations SET starts = starts - 1 WHERE run = OLD.run AND configuration = OLD.configuration;
END;
CREATE TRIGGER attempts_insert AFTER INSERT ON attempts WHEN NEW.open = 0 AND NEW.warmup = 0 BEGIN
    INSERT INTO tallies VALUES (NEW.run, NEW.cell, iif(NEW.superseded, 'incomplete', NEW.outcome), 1)
        ON CONFLICT (run, cell, outcome) DO UPDATE SET attempts = attempts + 1;
    INSERT INTO visits VALUES (NEW.start, NEW.cell, NEW.run, NOT NEW.superseded AND NEW.outcome IN ('pass', 'warn'),
            NOT NEW.superseded AND NEW.outcome = 'refused',
            NOT NEW.superseded AND NEW.outcome IN ('garbage', 'leak', 'fail', 'crash', 'gpufault', 'oom', 'hang', 'loadfail'), NEW.host_lost)
        ON CONFLICT (start, cell) DO UPDATE SET good = good + excluded.good, refused = refused + excluded.refused,
            bad = bad + excluded.bad, lost = lost + excluded.lost;
END;
CREATE TRIGGER attempts_unended AFTER UPDATE ON attempts WHEN OLD.open = 0 AND OLD.warmup = 0 BEGIN
    UPDATE tallies SET attempts = attempts - 1 WHERE run = OLD.run AND cell = OLD.cell AND outcome = iif(OLD.superseded, 'incomplete', OLD.outcome);
    UPDATE visits SET good = good - (NOT OLD.superseded AND OLD.outcome IN ('pass', 'warn')),
            refused = refused - (NOT OLD.superseded AND OLD.outcome = 'refused'),
            bad = bad - (NOT OLD.superseded AND OLD.outcome IN ('garbage', 'leak', 'fail', 'crash', 'gpufault', 'oom', 'hang', 'loadfail')),
            lost = lost - OLD.host_lost
        WHERE start = OLD.start AND cell = OLD.cell;
END;
CREATE TRIGGER attempts_update AFTER UPDATE ON attempts WHEN NEW.open = 0 AND NEW.warmup = 0 BEGIN
    INSERT INTO tallies VALUES (NEW.run, NEW.cell, iif(NEW.superseded, 'incomplete', NEW.outcome), 1)
        ON CONFLICT (run, cell, outcome) DO UPDATE SET attempts = attempts + 1;
    INSERT INTO visits VALUES (NEW.start, NEW.cell, NEW.run, NOT NEW.superseded AND NEW.outcome IN ('pass', 'warn'),
            NOT NEW.superseded AND NEW.outcome = 'refused',
            NOT NEW.superseded AND NEW.outcome IN ('garbage', 'leak', 'fail', 'crash', 'gpufault', 'oom', 'hang', 'loadfail'), NEW.host_lost)
        ON CONFLICT (start, cell) DO UPDATE SET good = good + excluded.good, refused = refused + excluded.refused,
            bad = bad + excluded.bad, lost = lost + excluded.lost;
END;
CREATE TRIGGER attempts_delete AFTER DELETE ON attempts WHEN OLD.open = 0 AND OLD.warmup = 0 BEGIN
    UPDATE tallies SET attempts = attempts - 1 WHERE run = OLD.run AND cell = OLD.cell AND outcome = iif(OLD.superseded, 'incomplete', OLD.outcome);
    UPDATE visits SET good = good - (NOT OLD.superseded AND OLD.outcome IN ('pass', 'warn')),
            refused = refused - (NOT OLD.superseded AND OLD.outcome = 'refused'),
            bad = bad - (NOT OLD.superseded AND OLD.outcome IN ('garbage', 'leak', 'fail', 'crash', 'gpufault', 'oom', 'hang', 'loadfail')),
            lost = lost - OLD.host_lost
        WHERE start = OLD.start AND cell = OLD.cell;
END;
