import { describe, expect, it } from 'vitest';
import { addSoon } from '../../src/flow/add-soon.js';
import type { Job } from '../../src/ports/queue.js';

const look = (number: number): Job => ({ kind: 'look', repositoryId: 1, number });

/** Jobs whose additions end when the test says so. */
function slow() {
  const added: Job[] = [];
  const ends: { done: () => void; fail: (error: Error) => void }[] = [];
  const warnings: object[] = [];
  const none = () => undefined;
  const ports = {
    jobs: {
      add: (job: Job) => {
        added.push(job);
        return new Promise<void>((done, fail) => ends.push({ done, fail }));
      },
    },
    log: { debug: none, info: none, warn: (fields: object) => void warnings.push(fields), error: none },
  };
  return { added, ends, warnings, ports };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('jobs that nobody waits for', () => {
  it('are added two at a time; those for the same pull request that wait become one', async () => {
    const { added, ends, ports } = slow();
    for (const number of [1, 2, 3, 3, 4, 3]) addSoon(ports, look(number));
    expect(added).toEqual([look(1), look(2)]);
    ends.shift()?.done();
    ends.shift()?.done();
    await settle();
    expect(added).toEqual([look(1), look(2), look(3), look(4)]);
  });

  it('are added again when one comes while its twin is on its way: that one may not see the newer hint', async () => {
    const { added, ends, ports } = slow();
    for (const number of [1, 2, 1, 1]) addSoon(ports, look(number));
    for (let turn = 0; turn < 4; turn++) {
      ends.shift()?.done();
      await settle();
    }
    expect(added).toEqual([look(1), look(2), look(1)]);
  });

  it('hold up none of the others when one cannot be added, and it is said', async () => {
    const { added, ends, warnings, ports } = slow();
    for (const number of [1, 2, 3]) addSoon(ports, look(number));
    ends.shift()?.fail(new Error('the queue is away'));
    await settle();
    expect(added).toHaveLength(3);
    expect(warnings).toMatchObject([{ job: look(1), error: 'Error: the queue is away' }]);
    ends.shift()?.done();
    ends.shift()?.done();
    await settle();
    addSoon(ports, look(4));
    expect(added.at(-1)).toEqual(look(4));
  });

  it('are left to the sweep beyond a limit, so that a queue that is away does not fill the memory', () => {
    const { warnings, ports } = slow();
    for (let number = 1; number <= 5_010; number++) addSoon(ports, look(number));
    expect(warnings).toHaveLength(8);
  });
});
