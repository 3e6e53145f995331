-- What makes reading fast, however long the history: attempts are counted while they are stored. Nothing
-- here is a second truth: triggers compute all of it from attempts and starts, which are all kept.

ALTER TABLE attempts ADD COLUMN superseded INTEGER NOT NULL DEFAULT 0 CHECK (superseded IN (0, 1)); -- made again in a later start

-- The attempts of a cell in a run, in the order of their keys; and those that are findings.
DROP INDEX attempts_cell;
CREATE INDEX attempts_cell ON attempts (cell, run);
CREATE INDEX attempts_bad ON attempts (cell, run)
    WHERE outcome IN ('garbage', 'leak', 'fail', 'crash', 'gpufault', 'oom', 'hang', 'loadfail');

CREATE INDEX attempts_warmups ON attempts (run) WHERE warmup = 1;

-- Shards of one walk have a campaign in common.
ALTER TABLE runs ADD COLUMN campaign TEXT NOT NULL DEFAULT ''; -- '' the run was not divided
ALTER TABLE runs ADD COLUMN shard INTEGER NOT NULL DEFAULT 0;  -- from 1
ALTER TABLE runs ADD COLUMN shards INTEGER NOT NULL DEFAULT 0;
CREATE INDEX runs_campaign ON runs (campaign) WHERE campaign <> '';

-- Ended attempts of a run that are no warm-ups, by cell and outcome. Superseded ones are incomplete.
CREATE TABLE tallies (
    run      INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    cell     INTEGER NOT NULL REFERENCES cells,
    outcome  TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (run, cell, outcome)
) STRICT, WITHOUT ROWID;
CREATE INDEX tallies_cell ON tallies (cell);

-- The ended attempts of a cell in one start that say something about it.
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

-- Visits of a cell in a run: of those that count, how many failed, how many were refused and did not fail;
-- and of all, with how many the host went down.
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

-- Visits of a start that count, and of these, how many failed; and such starts of a run.
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
ALTER TABLE run_configurations ADD COLUMN starts INTEGER NOT NULL DEFAULT 0; -- launched

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
-- Most updates of a visit are another pass in the same start, which changes nothing here.
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

-- What was stored before there were sums.
INSERT INTO run_sums SELECT key, (SELECT count(*) FROM starts s WHERE s.run = r.key), 0, 0 FROM runs r;
UPDATE run_configurations SET starts = (SELECT count(*) FROM starts s WHERE s.run = run_configurations.run AND s.configuration = run_configurations.configuration);
INSERT INTO tallies SELECT run, cell, outcome, count(*) FROM attempts WHERE open = 0 AND warmup = 0 GROUP BY run, cell, outcome;
INSERT INTO visits SELECT start, cell, run, sum(outcome IN ('pass', 'warn')), sum(outcome = 'refused'),
        sum(outcome IN ('garbage', 'leak', 'fail', 'crash', 'gpufault', 'oom', 'hang', 'loadfail')), sum(host_lost)
    FROM attempts WHERE open = 0 AND warmup = 0 GROUP BY start, cell;

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
