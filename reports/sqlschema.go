package reports

// sqlSchema is what -o sql creates where it is not there yet, so that several runs can be loaded into one
// database. Columns may be added at the end, none is ever renamed or taken away. Names are those of the
// JSON; lists are JSON text; what is not known is NULL.
const sqlSchema = `CREATE TABLE IF NOT EXISTS runs (
  id TEXT PRIMARY KEY, command TEXT, version TEXT, model TEXT, backend TEXT, topology TEXT, seed TEXT,
  began TEXT, ended TEXT, seconds REAL, status TEXT, build INTEGER, "commit" TEXT, kernel TEXT, cpu TEXT,
  result TEXT, cells INTEGER, tested INTEGER, unexpected_failures INTEGER, troubled INTEGER,
  starts INTEGER, counted_starts INTEGER, failed_starts INTEGER, rate_upper95 REAL,
  attempts INTEGER, passes INTEGER, warmups INTEGER);
CREATE TABLE IF NOT EXISTS cells (
  run TEXT, id TEXT, configuration TEXT, shape TEXT, np INTEGER, ctx INTEGER, ps INTEGER,
  target_tokens INTEGER, prompt_tokens INTEGER, verdict TEXT, outcome TEXT,
  starts INTEGER, passed INTEGER, refused INTEGER, failed INTEGER, rate_upper95 REAL,
  fault TEXT, reason TEXT, surprise TEXT, log_file TEXT, again TEXT,
  PRIMARY KEY (run, id));
CREATE TABLE IF NOT EXISTS starts (
  run TEXT, n INTEGER, configuration TEXT, outcome TEXT, exit TEXT, requested INTEGER, load_seconds REAL,
  slot_context INTEGER, build TEXT, argv TEXT, log_file TEXT, log_bytes INTEGER,
  PRIMARY KEY (run, n));
CREATE TABLE IF NOT EXISTS attempts (
  run TEXT, cell TEXT, start INTEGER, n INTEGER, outcome TEXT, cold INTEGER,
  prompt_tokens INTEGER, cached_tokens INTEGER, prompt_n TEXT, cache_n TEXT, pp_tps REAL, tg_tps REAL,
  seconds REAL, position INTEGER, reason TEXT);
CREATE TABLE IF NOT EXISTS faults (
  run TEXT, cell TEXT, id TEXT, class TEXT, category TEXT, title TEXT, signature TEXT, component TEXT,
  phase TEXT, position INTEGER, first_death TEXT, fate TEXT, rule TEXT, excerpt TEXT);
CREATE TABLE IF NOT EXISTS edges (
  run TEXT, cell TEXT, configuration TEXT, shape TEXT, np INTEGER, ctx INTEGER, safe_tokens INTEGER,
  unsafe_tokens INTEGER, unsafe_ctx INTEGER, "limit" TEXT, exposures INTEGER, failures INTEGER, rate_upper95 REAL,
  flaky TEXT, status TEXT, flags TEXT, fault TEXT, why TEXT,
  PRIMARY KEY (run, cell));
CREATE TABLE IF NOT EXISTS gate (run TEXT, cell TEXT, word TEXT, reason TEXT, PRIMARY KEY (run, cell));
CREATE TABLE IF NOT EXISTS comparisons (
  run TEXT, cell TEXT, metric TEXT, mean REAL, sd REAL, n INTEGER, wins INTEGER,
  PRIMARY KEY (run, cell, metric));
CREATE TABLE IF NOT EXISTS memory (
  run TEXT, configuration TEXT, device TEXT, what TEXT, need_bytes INTEGER, free_bytes INTEGER, seen_bytes INTEGER, need_error REAL,
  PRIMARY KEY (run, configuration, device));
CREATE TABLE IF NOT EXISTS notes (run TEXT, kind TEXT, text TEXT);
`

// sqlTables are the tables in the order in which an earlier copy of the same run is taken out of them.
var sqlTables = []struct{ table, run string }{
	{"runs", "id"}, {"cells", "run"}, {"starts", "run"}, {"attempts", "run"}, {"faults", "run"}, {"edges", "run"},
	{"comparisons", "run"}, {"memory", "run"}, {"gate", "run"}, {"notes", "run"},
}
