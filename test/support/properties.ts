import fc from 'fast-check';

/**
 * Properties draw the same cases in every run, so that a red test is a change of the code and never of the weather.
 * To look for new cases: DOCOPS_PROPERTY_SEED=random, or a number; DOCOPS_PROPERTY_RUNS=5000 draws more of them.
 */
const seed = process.env['DOCOPS_PROPERTY_SEED'] ?? '20261122';
const runs = process.env['DOCOPS_PROPERTY_RUNS'];

fc.configureGlobal({
  ...(seed === 'random' ? {} : { seed: Number(seed) }),
  ...(runs === undefined ? {} : { numRuns: Number(runs) }),
});
