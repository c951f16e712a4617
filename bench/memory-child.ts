/** One evaluation in a process of its own, so that its peak memory is its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runEval } from '../src/cli/eval.js';

const [repo = '', json = ''] = process.argv.slice(2);
const cache = mkdtempSync(join(tmpdir(), 'docops-bench-cache-'));
process.env['DOCOPS_CACHE_DIR'] = cache;
const started = performance.now();
await runEval({ repo, base: 'main', json, jobs: 1, cache: true, sandbox: 'none' });
rmSync(cache, { recursive: true, force: true });
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ peakMiB: process.resourceUsage().maxRSS / 1024, seconds }));
