-- What else a request had, and campaigns of fuzz.

ALTER TABLE requests ADD COLUMN endpoint TEXT NOT NULL DEFAULT ''; -- '' /completion
ALTER TABLE requests ADD COLUMN params TEXT NOT NULL DEFAULT ''; -- further fields of the body: a JSON object; '' none
ALTER TABLE requests ADD COLUMN may_refuse INTEGER NOT NULL DEFAULT 0 CHECK (may_refuse IN (0, 1));

-- An open-ended campaign: what it may vary, and the corpus that it began with. Its journal are the run's questions;
-- faults, coverage and the corpus that it leaves behind are computed from them.
CREATE TABLE campaigns (
    run      INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    settings TEXT NOT NULL CHECK (json_valid(settings))
) STRICT;
