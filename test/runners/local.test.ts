import { createLocalRunner } from '../../src/runners/local/index.js';
import { runnerContract } from '../contract/runner.contract.js';

runnerContract('on this machine', (environment) => {
  const runner = createLocalRunner({ environment });
  return { runner, close: () => runner.close() };
});
