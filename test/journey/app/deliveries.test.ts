import { describe, expect, it } from 'vitest';
import { BROKEN_TOTAL, CHECK, REFACTORED, REPO, useJourney } from '../../support/journey.js';

const journey = useJourney();

describe('deliveries', () => {
  it('that come twice with one guid are answered once', async () => {
    journey().github.setDelivery(({ event }) => (event === 'pull_request' ? 'thrice' : 'deliver'));
    const { sha } = await journey().pullRequest('twice', { 'extract/main.awk': REFACTORED });
    await journey().concluded(sha);
    await journey().quiet();
    expect(await journey().checks(sha)).toHaveLength(1);
  });

  it('redelivered after the process died between the commit and the queue are not swallowed', async () => {
    const { github } = journey();
    const before = github.deliveries.length;
    const add = journey().service!.queue.add.bind(journey().service!.queue);
    // The process "dies" here: what was received is committed, nothing is queued.
    journey().service!.queue.add = () => Promise.reject(new Error('the process ended'));
    const { sha } = await journey().pullRequest('crashed', { 'extract/main.awk': REFACTORED });
    await github.idle();
    journey().service!.queue.add = add;
    expect(await journey().checks(sha)).toHaveLength(0);
    for (const { guid } of github.deliveries.slice(before)) await github.redeliverGuid(guid);
    expect(await journey().concluded(sha)).toMatchObject({ conclusion: 'success' });
  });

  it('out of order, synchronize before opened, end at the newest head', async () => {
    const { github } = journey();
    let held = true;
    github.setDelivery(({ event, action }) =>
      held && event === 'pull_request' && action === 'opened' ? 'delay' : 'deliver',
    );
    const { sha: old } = await journey().pullRequest('order', { 'extract/main.awk': BROKEN_TOTAL });
    const sha = await journey().push('order', { 'extract/main.awk': REFACTORED });
    held = false;
    expect(await journey().concluded(sha)).toMatchObject({ conclusion: 'success' });
    await journey().quiet();
    const left = await journey().check(old);
    expect(['cancelled', undefined]).toContain(left?.conclusion ?? undefined);
  });

  it('of a push to a fork or of nothing that concerns us leave no check run', async () => {
    const sha = await journey().push('no-pull-request', { 'extract/main.awk': BROKEN_TOTAL });
    await journey().quiet();
    expect(await journey().check(sha, CHECK, REPO)).toBeUndefined();
  });
});

describe('deliveries that never came', () => {
  const sweeping = useJourney({
    timing: { reconcileEveryMs: 1_000 },
    corridor: { sweeps: { deliveriesEvery: 0, pullsEvery: 5_000, deliverySettled: 0 } },
  });

  it('are asked for again', async () => {
    sweeping().github.setDelivery(() => 'lose');
    const { sha } = await sweeping().pullRequest('lost', { 'extract/main.awk': BROKEN_TOTAL });
    await sweeping().github.idle();
    sweeping().github.setDelivery(() => 'deliver');
    expect(await sweeping().concluded(sha)).toMatchObject({ conclusion: 'failure' });
  });

  it('and that GitHub never made are found by looking at the open pull requests', async () => {
    const { sha } = await sweeping().pullRequest(
      'silent',
      { 'extract/main.awk': REFACTORED },
      { emit: false },
    );
    expect(await sweeping().concluded(sha)).toMatchObject({ conclusion: 'success' });
  });
});
