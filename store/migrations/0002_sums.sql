-- What makes reading fast, however long the history: attempts of a run counted by cell while they are
-- stored. Nothing here is a second truth: triggers compute it from attempts, which are all kept.

ALTER TABLE attempts ADD COLUMN superseded INTEGER NOT NULL DEFAULT 0 CHECK (superseded IN (0, 1)); -- made again in a later start
