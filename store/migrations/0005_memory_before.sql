-- What of a device's memory others had in use before the start.

ALTER TABLE start_gauges ADD COLUMN memory_before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt_gauges ADD COLUMN memory_before INTEGER NOT NULL DEFAULT 0;
