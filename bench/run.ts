/** `npm run bench [NAME…]`: every figure of the project, each from this run. Prints; decides nothing. */
import { cpus, totalmem } from 'node:os';
import type { BenchResult } from './types.js';

const BENCHES: Readonly<Record<string, () => Promise<{ run(): BenchResult | Promise<BenchResult> }>>> = {
  scoring: () => import('./scoring.js'),
  judging: () => import('./judging.js'),
  runner: () => import('./runner-overhead.js'),
  memory: () => import('./memory.js'),
  latency: () => import('./latency.js'),
  pages: () => import('./pages.js'),
  faults: () => import('./faults.js'),
  fleet: () => import('./fleet.js'),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`no such bench: ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
);
for (const [name, load] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const bench = await load();
  const result = await bench.run();
  console.log(`\n# ${result.name}`);
  const width = Math.max(...Object.keys(result.figures).map((key) => key.length));
  for (const [key, value] of Object.entries(result.figures)) console.log(`  ${key.padEnd(width)}  ${value}`);
  for (const note of result.notes) console.log(`  - ${note}`);
}
