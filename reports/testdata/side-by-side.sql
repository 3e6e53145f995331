BEGIN;
CREATE TABLE IF NOT EXISTS runs (
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
DELETE FROM runs WHERE id = '20261124-101500-3f2a';
DELETE FROM cells WHERE run = '20261124-101500-3f2a';
DELETE FROM starts WHERE run = '20261124-101500-3f2a';
DELETE FROM attempts WHERE run = '20261124-101500-3f2a';
DELETE FROM faults WHERE run = '20261124-101500-3f2a';
DELETE FROM edges WHERE run = '20261124-101500-3f2a';
DELETE FROM comparisons WHERE run = '20261124-101500-3f2a';
DELETE FROM memory WHERE run = '20261124-101500-3f2a';
DELETE FROM gate WHERE run = '20261124-101500-3f2a';
DELETE FROM notes WHERE run = '20261124-101500-3f2a';
INSERT INTO runs VALUES ('20261124-101500-3f2a', 'screen', '0.1.0', 'tiny', 'rocm', 'single', '42', '2026-11-24T10:15:00Z', '2026-11-24T10:16:29.28Z', 89.28, 'finished', 8102, '39e4b1dc', '6.18.4', 'AMD Ryzen AI Max+ 395', 'failures', 12, 12, 1, 0, 36, 36, 3, 0.20152, 36, 33, 0);
INSERT INTO cells VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__1k', 'tiny__rocm__single__np1_ps16k', 'opt', 1, 16000, 16000, 1000, 1000, 'holds', 'pass', 3, 3, 0, 0, 0.631597, NULL, '', '', 'start-0001.server.log', 'ctxcliff screen --server /opt/rocm/llama-server --model /models/tiny.gguf --name tiny --backend rocm --server-arg=-ngl --server-arg=99 --np 1 --ctx 16000 --shape opt --tokens 1000 --reply 16 --starts 3 --attempts 1 --isolation cell --no-warmup --seed 42');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__1k', 1, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 9090.909091, 454.545455, 0.11, 1000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__1k', 2, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 9000.90009, 432.900433, 0.11, 1000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__1k', 3, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 8912.655971, 413.22314, 0.11, 1000, '');
INSERT INTO cells VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__1k', 'tiny__rocm__single__np1_ps16k', 'mixed', 1, 16000, 16000, 1000, 1000, 'holds', 'pass', 3, 3, 0, 0, 0.631597, NULL, '', '', 'start-0004.server.log', 'ctxcliff screen --server /opt/rocm/llama-server --model /models/tiny.gguf --name tiny --backend rocm --server-arg=-ngl --server-arg=99 --np 1 --ctx 16000 --shape mixed --tokens 1000 --reply 16 --starts 3 --attempts 1 --isolation cell --no-warmup --seed 42');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__1k', 4, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 9090.909091, 454.545455, 0.11, 1000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__1k', 5, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 9000.90009, 432.900433, 0.11, 1000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__1k', 6, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 8912.655971, 413.22314, 0.11, 1000, '');
INSERT INTO cells VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__8k', 'tiny__rocm__single__np1_ps16k', 'opt', 1, 16000, 16000, 8000, 8000, 'holds', 'pass', 3, 3, 0, 0, 0.631597, NULL, '', '', 'start-0007.server.log', 'ctxcliff screen --server /opt/rocm/llama-server --model /models/tiny.gguf --name tiny --backend rocm --server-arg=-ngl --server-arg=99 --np 1 --ctx 16000 --shape opt --tokens 8000 --reply 16 --starts 3 --attempts 1 --isolation cell --no-warmup --seed 42');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__8k', 7, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 9090.909091, 454.545455, 0.88, 8000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__8k', 8, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 9000.90009, 432.900433, 0.88, 8000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__8k', 9, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 8912.655971, 413.22314, 0.88, 8000, '');
INSERT INTO cells VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__8k', 'tiny__rocm__single__np1_ps16k', 'mixed', 1, 16000, 16000, 8000, 8000, 'holds', 'pass', 3, 3, 0, 0, 0.631597, NULL, '', '', 'start-0010.server.log', 'ctxcliff screen --server /opt/rocm/llama-server --model /models/tiny.gguf --name tiny --backend rocm --server-arg=-ngl --server-arg=99 --np 1 --ctx 16000 --shape mixed --tokens 8000 --reply 16 --starts 3 --attempts 1 --isolation cell --no-warmup --seed 42');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__8k', 10, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 9090.909091, 454.545455, 0.88, 8000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__8k', 11, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 9000.90009, 432.900433, 0.88, 8000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__8k', 12, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 8912.655971, 413.22314, 0.88, 8000, '');
INSERT INTO cells VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__1k', 'tiny__vulkan__single__np1_ps16k', 'opt', 1, 16000, 16000, 1000, 1000, 'holds', 'pass', 3, 3, 0, 0, 0.631597, NULL, '', '', 'start-0013.server.log', 'ctxcliff screen --server /opt/vulkan/llama-server --model /models/tiny.gguf --name tiny --backend vulkan --power performance --env VK_ICD_FILENAMES=/x.json --server-arg=-ngl --server-arg=99 --np 1 --ctx 16000 --shape opt --tokens 1000 --reply 16 --starts 3 --attempts 1 --isolation cell --no-warmup --seed 42');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__1k', 13, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 7575.757576, 568.181818, 0.11, 1000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__1k', 14, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 7513.148009, 561.167228, 0.11, 1000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__1k', 15, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 7451.564829, 554.323725, 0.11, 1000, '');
INSERT INTO cells VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__mixed__1k', 'tiny__vulkan__single__np1_ps16k', 'mixed', 1, 16000, 16000, 1000, 1000, 'holds', 'pass', 3, 3, 0, 0, 0.631597, NULL, '', '', 'start-0016.server.log', 'ctxcliff screen --server /opt/vulkan/llama-server --model /models/tiny.gguf --name tiny --backend vulkan --power performance --env VK_ICD_FILENAMES=/x.json --server-arg=-ngl --server-arg=99 --np 1 --ctx 16000 --shape mixed --tokens 1000 --reply 16 --starts 3 --attempts 1 --isolation cell --no-warmup --seed 42');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__mixed__1k', 16, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 7575.757576, 568.181818, 0.11, 1000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__mixed__1k', 17, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 7513.148009, 561.167228, 0.11, 1000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__mixed__1k', 18, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 7451.564829, 554.323725, 0.11, 1000, '');
INSERT INTO cells VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__8k', 'tiny__vulkan__single__np1_ps16k', 'opt', 1, 16000, 16000, 8000, 8000, 'holds', 'pass', 3, 3, 0, 0, 0.631597, NULL, '', '', 'start-0019.server.log', 'ctxcliff screen --server /opt/vulkan/llama-server --model /models/tiny.gguf --name tiny --backend vulkan --power performance --env VK_ICD_FILENAMES=/x.json --server-arg=-ngl --server-arg=99 --np 1 --ctx 16000 --shape opt --tokens 8000 --reply 16 --starts 3 --attempts 1 --isolation cell --no-warmup --seed 42');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__8k', 19, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 7575.757576, 568.181818, 0.88, 8000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__8k', 20, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 7513.148009, 561.167228, 0.88, 8000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__8k', 21, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 7451.564829, 554.323725, 0.88, 8000, '');
INSERT INTO cells VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__mixed__8k', 'tiny__vulkan__single__np1_ps16k', 'mixed', 1, 16000, 16000, 8000, 8000, 'breaks', 'gpufault', 3, 0, 0, 3, 1, 'F-8f30e56dd1', 'the server ended by itself with signal:SIGABRT: Memory access fault by GPU node-1', '', 'start-0022.server.log', 'ctxcliff screen --server /opt/vulkan/llama-server --model /models/tiny.gguf --name tiny --backend vulkan --power performance --env VK_ICD_FILENAMES=/x.json --server-arg=-ngl --server-arg=99 --np 1 --ctx 16000 --shape mixed --tokens 8000 --reply 16 --starts 3 --attempts 1 --isolation cell --no-warmup --seed 42');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__mixed__8k', 22, 1, 'gpufault', 0, 0, 0, '[0]', '[0]', 0, 0, 0.7, 4096, 'the server ended by itself with signal:SIGABRT: Memory access fault by GPU node-1');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__mixed__8k', 23, 1, 'gpufault', 0, 0, 0, '[0]', '[0]', 0, 0, 0.7, 4096, 'the server ended by itself with signal:SIGABRT: Memory access fault by GPU node-1');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__mixed__8k', 24, 1, 'gpufault', 0, 0, 0, '[0]', '[0]', 0, 0, 0.7, 4096, 'the server ended by itself with signal:SIGABRT: Memory access fault by GPU node-1');
INSERT INTO faults VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__mixed__8k', 'F-8f30e56dd1', 'gpu-fault.memory-access', 'gpu-fault', 'Memory access fault by GPU node-1', 'Memory access fault by GPU node-N', 'llama-server libggml-hip.so', 'prompt', 4096, 'rpc1', '', '', '["Memory access fault by GPU node-1 (Agent handle: 0x55d0) on address 0x7f11. Reason: Page not present.","Aborted (core dumped)"]');
INSERT INTO cells VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__1k', 'tiny__rocm__rpc2__np1_ps16k', 'opt', 1, 16000, 16000, 1000, 1000, 'holds', 'pass', 3, 3, 0, 0, 0.631597, NULL, '', '', 'start-0025.server.log', 'ctxcliff screen --server /opt/rocm/llama-server --model /models/tiny.gguf --name tiny --backend rocm --rpc local --rpc local --server-arg=-ngl --server-arg=99 --np 1 --ctx 16000 --shape opt --tokens 1000 --reply 16 --starts 3 --attempts 1 --isolation cell --no-warmup --seed 42');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__1k', 25, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 9090.909091, 454.545455, 0.11, 1000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__1k', 26, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 9000.90009, 432.900433, 0.11, 1000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__1k', 27, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 8912.655971, 413.22314, 0.11, 1000, '');
INSERT INTO cells VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__1k', 'tiny__rocm__rpc2__np1_ps16k', 'mixed', 1, 16000, 16000, 1000, 1000, 'holds', 'pass', 3, 3, 0, 0, 0.631597, NULL, '', '', 'start-0028.server.log', 'ctxcliff screen --server /opt/rocm/llama-server --model /models/tiny.gguf --name tiny --backend rocm --rpc local --rpc local --server-arg=-ngl --server-arg=99 --np 1 --ctx 16000 --shape mixed --tokens 1000 --reply 16 --starts 3 --attempts 1 --isolation cell --no-warmup --seed 42');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__1k', 28, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 9090.909091, 454.545455, 0.11, 1000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__1k', 29, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 9000.90009, 432.900433, 0.11, 1000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__1k', 30, 1, 'pass', 1, 1000, 0, '[1000]', '[0]', 8912.655971, 413.22314, 0.11, 1000, '');
INSERT INTO cells VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__8k', 'tiny__rocm__rpc2__np1_ps16k', 'opt', 1, 16000, 16000, 8000, 8000, 'holds', 'pass', 3, 3, 0, 0, 0.631597, NULL, '', '', 'start-0031.server.log', 'ctxcliff screen --server /opt/rocm/llama-server --model /models/tiny.gguf --name tiny --backend rocm --rpc local --rpc local --server-arg=-ngl --server-arg=99 --np 1 --ctx 16000 --shape opt --tokens 8000 --reply 16 --starts 3 --attempts 1 --isolation cell --no-warmup --seed 42');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__8k', 31, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 9090.909091, 454.545455, 0.88, 8000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__8k', 32, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 9000.90009, 432.900433, 0.88, 8000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__8k', 33, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 8912.655971, 413.22314, 0.88, 8000, '');
INSERT INTO cells VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__8k', 'tiny__rocm__rpc2__np1_ps16k', 'mixed', 1, 16000, 16000, 8000, 8000, 'holds', 'pass', 3, 3, 0, 0, 0.631597, NULL, '', '', 'start-0034.server.log', 'ctxcliff screen --server /opt/rocm/llama-server --model /models/tiny.gguf --name tiny --backend rocm --rpc local --rpc local --server-arg=-ngl --server-arg=99 --np 1 --ctx 16000 --shape mixed --tokens 8000 --reply 16 --starts 3 --attempts 1 --isolation cell --no-warmup --seed 42');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__8k', 34, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 9090.909091, 454.545455, 0.88, 8000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__8k', 35, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 9000.90009, 432.900433, 0.88, 8000, '');
INSERT INTO attempts VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__8k', 36, 1, 'pass', 1, 8000, 0, '[8000]', '[0]', 8912.655971, 413.22314, 0.88, 8000, '');
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__1k', 'pp_tps', 9001.488384, 89.128016, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__1k', 'tg_tps', 433.556343, 20.668964, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__1k', 'load_seconds', 3.05, 0.04264, 12, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__1k', 'memory_bytes', 1.31203072e+08, 131072, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__1k', 'pp_tps', 7513.490138, 62.09708, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__1k', 'tg_tps', 561.224257, 6.929223, 3, 1);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__1k', 'load_seconds', 1.9125, 0.251473, 12, 1);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__1k', 'memory_bytes', 1.31203072e+08, 131072, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__1k', 'pp_tps', 9001.488384, 89.128016, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__1k', 'tg_tps', 433.556343, 20.668964, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__1k', 'load_seconds', 5.05, 0.04264, 12, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__1k', 'memory_bytes', 1.31203072e+08, 131072, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__1k', 'pp_tps', 9001.488384, 89.128016, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__1k', 'tg_tps', 433.556343, 20.668964, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__1k', 'load_seconds', 3.05, 0.04264, 12, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__1k', 'memory_bytes', 1.31203072e+08, 131072, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__mixed__1k', 'pp_tps', 7513.490138, 62.09708, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__mixed__1k', 'tg_tps', 561.224257, 6.929223, 3, 1);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__mixed__1k', 'load_seconds', 1.9125, 0.251473, 12, 1);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__mixed__1k', 'memory_bytes', 1.31203072e+08, 131072, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__1k', 'pp_tps', 9001.488384, 89.128016, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__1k', 'tg_tps', 433.556343, 20.668964, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__1k', 'load_seconds', 5.05, 0.04264, 12, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__1k', 'memory_bytes', 1.31203072e+08, 131072, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__8k', 'pp_tps', 9001.488384, 89.128016, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__8k', 'tg_tps', 433.556343, 20.668964, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__8k', 'load_seconds', 3.05, 0.04264, 12, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__opt__8k', 'memory_bytes', 1.048707072e+09, 131072, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__8k', 'pp_tps', 7513.490138, 62.09708, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__8k', 'tg_tps', 561.224257, 6.929223, 3, 1);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__8k', 'load_seconds', 1.9125, 0.251473, 12, 1);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k__opt__8k', 'memory_bytes', 1.048707072e+09, 131072, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__8k', 'pp_tps', 9001.488384, 89.128016, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__8k', 'tg_tps', 433.556343, 20.668964, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__8k', 'load_seconds', 5.05, 0.04264, 12, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__opt__8k', 'memory_bytes', 1.048707072e+09, 131072, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__8k', 'pp_tps', 9001.488384, 89.128016, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__8k', 'tg_tps', 433.556343, 20.668964, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__8k', 'load_seconds', 3.05, 0.04264, 12, 1);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k__mixed__8k', 'memory_bytes', 1.048707072e+09, 131072, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__8k', 'pp_tps', 9001.488384, 89.128016, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__8k', 'tg_tps', 433.556343, 20.668964, 3, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__8k', 'load_seconds', 5.05, 0.04264, 12, 0);
INSERT INTO comparisons VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k__mixed__8k', 'memory_bytes', 1.048707072e+09, 131072, 3, 0);
INSERT INTO memory VALUES ('20261124-101500-3f2a', 'tiny__rocm__single__np1_ps16k', '', 'weights 800 MiB, cache up to 100 MiB, by the model''s header', 943718400, NULL, 1048838144, -0.100225);
INSERT INTO memory VALUES ('20261124-101500-3f2a', 'tiny__vulkan__single__np1_ps16k', '', '', NULL, NULL, 103079215105, NULL);
INSERT INTO memory VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k', '', 'Host 1.0 GiB, RPC0 2.0 GiB, by llama-fit-params', 3221225472, NULL, 1048838144, 2.071232);
INSERT INTO memory VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k', 'Host', '', 1073741824, 8589934592, 1048838144, 0.023744);
INSERT INTO memory VALUES ('20261124-101500-3f2a', 'tiny__rocm__rpc2__np1_ps16k', 'RPC0', 'rpc1 at 10.1.2.3:50052', 2147483648, NULL, NULL, NULL);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 1, 'tiny__rocm__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 3, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40001"]', 'start-0001.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 2, 'tiny__rocm__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 3.05, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40002"]', 'start-0002.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 3, 'tiny__rocm__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 3.1, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40003"]', 'start-0003.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 4, 'tiny__rocm__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 3, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40004"]', 'start-0004.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 5, 'tiny__rocm__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 3.05, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40005"]', 'start-0005.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 6, 'tiny__rocm__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 3.1, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40006"]', 'start-0006.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 7, 'tiny__rocm__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 3, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40007"]', 'start-0007.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 8, 'tiny__rocm__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 3.05, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40008"]', 'start-0008.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 9, 'tiny__rocm__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 3.1, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40009"]', 'start-0009.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 10, 'tiny__rocm__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 3, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40010"]', 'start-0010.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 11, 'tiny__rocm__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 3.05, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40011"]', 'start-0011.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 12, 'tiny__rocm__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 3.1, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40012"]', 'start-0012.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 13, 'tiny__vulkan__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 2, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40013"]', 'start-0013.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 14, 'tiny__vulkan__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 2.05, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40014"]', 'start-0014.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 15, 'tiny__vulkan__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 2.1, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40015"]', 'start-0015.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 16, 'tiny__vulkan__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 2, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40016"]', 'start-0016.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 17, 'tiny__vulkan__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 2.05, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40017"]', 'start-0017.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 18, 'tiny__vulkan__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 2.1, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40018"]', 'start-0018.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 19, 'tiny__vulkan__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 2, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40019"]', 'start-0019.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 20, 'tiny__vulkan__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 2.05, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40020"]', 'start-0020.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 21, 'tiny__vulkan__single__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 2.1, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40021"]', 'start-0021.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 22, 'tiny__vulkan__single__np1_ps16k', 'gpufault', 'signal:SIGABRT', 0, 1.5, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40022"]', 'start-0022.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 23, 'tiny__vulkan__single__np1_ps16k', 'gpufault', 'signal:SIGABRT', 0, 1.5, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40023"]', 'start-0023.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 24, 'tiny__vulkan__single__np1_ps16k', 'gpufault', 'signal:SIGABRT', 0, 1.5, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40024"]', 'start-0024.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 25, 'tiny__rocm__rpc2__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 5, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40025"]', 'start-0025.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 26, 'tiny__rocm__rpc2__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 5.05, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40026"]', 'start-0026.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 27, 'tiny__rocm__rpc2__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 5.1, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40027"]', 'start-0027.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 28, 'tiny__rocm__rpc2__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 5, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40028"]', 'start-0028.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 29, 'tiny__rocm__rpc2__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 5.05, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40029"]', 'start-0029.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 30, 'tiny__rocm__rpc2__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 5.1, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40030"]', 'start-0030.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 31, 'tiny__rocm__rpc2__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 5, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40031"]', 'start-0031.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 32, 'tiny__rocm__rpc2__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 5.05, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40032"]', 'start-0032.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 33, 'tiny__rocm__rpc2__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 5.1, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40033"]', 'start-0033.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 34, 'tiny__rocm__rpc2__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 5, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40034"]', 'start-0034.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 35, 'tiny__rocm__rpc2__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 5.05, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40035"]', 'start-0035.server.log', 0);
INSERT INTO starts VALUES ('20261124-101500-3f2a', 36, 'tiny__rocm__rpc2__np1_ps16k', 'pass', 'signal:SIGTERM', 1, 5.1, 16128, 'b8102-39e4b1dc', '["/usr/bin/llama-server","-m","/models/tiny.gguf","-c","16000","-np","1","--port","40036"]', 'start-0036.server.log', 0);
INSERT INTO notes VALUES ('20261124-101500-3f2a', 'not observed', 'the oracle canary could not judge: the server is gone (3 attempts)');
COMMIT;
