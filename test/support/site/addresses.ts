/** Every page of the seeded instance, as `ada` opens it. */
import type { SeededSite } from './index.js';
import type { SeededRuns } from './seed.js';

const INVOICES = '/repositories/acme/invoices';

/** Name → path. `kinds`: one of each kind; else all the states and verdicts as well. */
export function pagesOf({ runs, tried }: SeededSite, which: 'kinds' | 'all'): Record<string, string> {
  const run = (id: string, below = ''): string => `/evaluations/${id}${below}`;
  const kinds = {
    overview: '/',
    repository: INVOICES,
    ledger: `${INVOICES}/ledger`,
    access: `${INVOICES}/access`,
    configuration: `${INVOICES}/configuration`,
    'a configuration tried': `${INVOICES}/simulations/${tried}`,
    'a blocked run': run(runs.blocked),
    'a document': run(runs.blocked, '/document?pipeline=invoices&document=alpenblick-02'),
    'a running run': run(runs.running),
    'a run of two pipelines': run(runs.passed),
  };
  if (which === 'kinds') return kinds;
  const told: readonly string[] = ['blocked', 'running', 'passed'];
  // Somebody else's.
  const hidden: readonly string[] = ['contracts', 'masked'];
  const others = (Object.keys(runs) as (keyof SeededRuns)[]).filter(
    (name) => ![...told, ...hidden].includes(name),
  );
  return {
    ...kinds,
    ...Object.fromEntries(others.map((name) => [`the ${name} run`, run(runs[name])])),
    'the repository of a pipeline': `${INVOICES}?pipeline=receipts&days=30`,
    'a hostile document': run(runs.hostile, '/document?document=x'),
  };
}
