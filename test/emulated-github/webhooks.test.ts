import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryFate } from '../../src/emulated-github/index.js';
import { AT, REPO, events, startReceiver, startWorld, statusOf, type TestWorld } from './world.js';

let world: TestWorld;
let number: number;
beforeEach(async () => {
  world = await startWorld();
  number = await world.github.openPullRequest({
    repo: REPO,
    author: 'ada',
    head: 'feature',
    base: 'main',
    title: 'Feature',
  });
  await events(world);
});
afterEach(() => world.close());

const comment = (body: string) => world.github.comment(REPO, number, 'ada', body);
const bodies = () =>
  world.receiver.received.map(({ payload }) => (payload['comment'] as { body: string }).body);

describe('webhooks', () => {
  it('are signed: a receiver with another secret refuses them, and the log says so', async () => {
    const other = await startReceiver('another secret');
    try {
      world.github.setWebhookUrl(other.url);
      await comment('hello');
      await world.github.idle();
      expect(other.received).toEqual([]);
      expect(world.github.deliveries.at(-1)).toMatchObject({ event: 'issue_comment', statusCode: 401 });
    } finally {
      await other.close();
    }
  });

  it('come in the order they happened', async () => {
    for (let index = 0; index < 20; index += 1) await comment(`comment ${index}`);
    await world.github.idle();
    expect(bodies()).toEqual(Array.from({ length: 20 }, (_, index) => `comment ${index}`));
  });

  it('that are lost stand in the log and can be redelivered with the same guid', async () => {
    world.github.setDelivery(() => 'lose');
    await comment('lost');
    await world.github.idle();
    expect(world.receiver.received).toEqual([]);
    const { data } = await world.app.rest.apps.listWebhookDeliveries({ per_page: 1 });
    expect(data).toMatchObject([
      { event: 'issue_comment', action: 'created', status_code: 502, redelivery: false },
    ]);
    const [lost] = data;
    await world.app.rest.apps.redeliverWebhookDelivery({ delivery_id: lost!.id });
    await world.github.idle();
    expect(world.receiver.received).toMatchObject([{ guid: lost!.guid }]);
    const after = await world.app.rest.apps.listWebhookDeliveries({ per_page: 2 });
    expect(after.data.map((entry) => [entry.guid, entry.status_code, entry.redelivery])).toEqual([
      [lost!.guid, 200, true],
      [lost!.guid, 502, false],
    ]);
  });

  it('are logged over pages of a cursor, newest first', async () => {
    for (let index = 0; index < 5; index += 1) await comment(String(index));
    await world.github.idle();
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await world.app.rest.apps.listWebhookDeliveries({
        per_page: 2,
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...page.data.map(({ id }) => id));
      const next = /<([^>]+)>; rel="next"/.exec(page.headers.link ?? '')?.[1];
      cursor = next === undefined ? undefined : (new URL(next).searchParams.get('cursor') ?? undefined);
      // A new delivery in the meantime shifts nothing.
      if (seen.length === 2) await comment('between').then(() => world.github.idle());
    } while (cursor !== undefined);
    expect(seen).toEqual(seen.toSorted((a, b) => b - a));
    expect(new Set(seen).size).toBe(world.github.deliveries.length - 1);
    const one = await world.app.rest.apps.getWebhookDelivery({ delivery_id: seen[0]! });
    expect(one.data.request.payload).toMatchObject({ action: 'created' });
  });

  it('can be sent twice, three times, or after the ones that follow', async () => {
    const fates: DeliveryFate[] = ['twice', 'thrice', 'delay', 'deliver', 'deliver', 'deliver'];
    world.github.setDelivery(() => fates.shift() ?? 'deliver');
    for (const body of ['a', 'b', 'late', 'c', 'd', 'e']) await comment(body);
    await world.github.idle();
    const order = bodies();
    expect(order.toSorted()).toEqual(['a', 'a', 'b', 'b', 'b', 'c', 'd', 'e', 'late']);
    expect(order.indexOf('late')).toBeGreaterThan(order.indexOf('a'));
    const guids = world.receiver.received.slice(0, 2).map(({ guid }) => guid);
    expect(guids[0]).toBe(guids[1]);
  });

  it('can be sent at moments of their own, each copy apart', async () => {
    world.github.setDelivery(() => ({ afterMs: [600_000, 5, 600_000] }));
    await comment('again');
    await expect.poll(bodies).toEqual(['again']);
    await world.github.idle();
    expect(bodies()).toEqual(['again', 'again', 'again']);
  });

  it('that wait are sent when the world is to be idle', async () => {
    world.github.setDelivery(() => 'delay');
    await comment('waits');
    expect(bodies()).toEqual([]);
    await world.github.idle();
    expect(bodies()).toEqual(['waits']);
  });

  it('that the receiver refuses, or that find none, are logged as failed', async () => {
    world.receiver.answers.push(500);
    await comment('refused');
    await world.github.idle();
    expect(world.github.deliveries.at(-1)).toMatchObject({ statusCode: 500 });
    await world.github.redeliverGuid(world.github.deliveries.at(-1)!.guid);
    await world.github.idle();
    expect(bodies()).toEqual(['refused']);
    await world.receiver.close();
    await comment('nobody there');
    await world.github.idle();
    expect(world.github.deliveries.at(-1)).toMatchObject({
      statusCode: 502,
      status: 'failed to connect to host',
    });
  });
});

describe('faults', () => {
  const list = () => world.octokit.rest.pulls.list(AT);

  it('replace the answer so many times, and only where they match', async () => {
    world.github.fail(
      { method: 'GET', path: /\/pulls$/ },
      {
        status: 403,
        headers: { 'retry-after': '1' },
        body: { message: 'You have exceeded a secondary rate limit' },
      },
      2,
    );
    expect(await statusOf(world.octokit.rest.repos.getBranch({ ...AT, branch: 'main' }))).toBe(200);
    await expect(list()).rejects.toMatchObject({
      status: 403,
      response: { headers: { 'retry-after': '1' } },
    });
    expect(await statusOf(list())).toBe(403);
    expect(await statusOf(list())).toBe(200);
  });

  it('drop the connection before or after the work is done', async () => {
    const create = () =>
      world.octokit.rest.issues.createComment({ ...AT, issue_number: number, body: 'maybe' });
    world.github.fail({ method: 'POST', path: /comments/ }, 'drop');
    expect(await statusOf(create())).not.toBe(200);
    expect(await world.github.comments(REPO, number)).toEqual([]);
    world.github.fail({ method: 'POST', path: /comments/ }, 'drop-answer');
    expect(await statusOf(create())).not.toBe(200);
    expect(await world.github.comments(REPO, number)).toMatchObject([{ body: 'maybe' }]);
  });
});

describe('every answer', () => {
  it('has GitHub’s date and rate limit', async () => {
    const { headers } = await world.octokit.rest.pulls.list(AT);
    expect(Number(headers['x-ratelimit-remaining'])).toBeGreaterThan(0);
    expect(headers['x-ratelimit-resource']).toBe('core');
    expect(Math.abs(Date.parse(headers.date!) - Date.now())).toBeLessThan(60_000);
  });
});
