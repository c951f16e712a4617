/** Sessions of people, tokens of programs, and what they ask to be simulated. */
import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SimulatedRun } from '../../src/ports/simulations.js';
import { createApiTokens } from '../../src/postgres/api-tokens.js';
import { createSessions } from '../../src/postgres/sessions.js';
import { createSimulations } from '../../src/postgres/simulations.js';
import { createStore } from '../../src/postgres/store.js';
import { useDatabase } from '../support/postgres.js';
import { age, HOUR_MS, newNumber } from './make.js';

const database = useDatabase({ each: 'test' });
const sessions = () => createSessions(database.pool());
const tokens = () => createApiTokens(database.pool());
const simulations = () => createSimulations(database.pool());
const store = () => createStore(database.pool());
const hash = (of: string): string => createHash('sha256').update(of).digest('hex');

describe('a session', () => {
  const wanted = {
    id: hash('cookie'),
    person: { id: 2 ** 40, login: 'ada' },
    sealedToken: 'sealed',
    ttlMs: HOUR_MS,
  };

  it('is there until it expires or is ended', async () => {
    const made = await sessions().create(wanted);
    expect(made.expiresAt.getTime() - made.createdAt.getTime()).toBe(HOUR_MS);
    expect(await sessions().session(wanted.id)).toEqual(made);
    expect(await sessions().session(hash('other'))).toBeUndefined();
    await sessions().remove(wanted.id);
    expect(await sessions().session(wanted.id)).toBeUndefined();
  });

  it('that is over is none, and housekeeping forgets it', async () => {
    await sessions().create(wanted);
    await sessions().create({ ...wanted, id: hash('over'), ttlMs: 0 });
    expect(await sessions().session(hash('over'))).toBeUndefined();
    expect(await store().forget(HOUR_MS)).toBe(1);
    expect(await sessions().removeExpired()).toBe(0);
    expect(await sessions().session(wanted.id)).toBeDefined();
  });
});

describe('a token of the API', () => {
  const wanted = {
    name: 'nightly',
    scopes: ['runs:read', 'datasets:read'],
    repositoryId: 7,
    createdBy: 'ada',
    secretHash: hash('secret'),
    ttlMs: null,
  } as const;

  it('is found by the hash of its secret, while it holds', async () => {
    const made = await tokens().createToken(wanted);
    expect(made).toMatchObject({ name: 'nightly', scopes: wanted.scopes, repositoryId: 7, expiresAt: null });
    expect(JSON.stringify(made)).not.toContain(wanted.secretHash);
    expect((await tokens().tokenByHash(wanted.secretHash))?.id).toBe(made.id);
    expect(await tokens().tokenByHash(hash('other'))).toBeUndefined();
    await tokens().createToken({ ...wanted, secretHash: hash('short'), ttlMs: 0 });
    expect(await tokens().tokenByHash(hash('short'))).toBeUndefined();
    expect(await tokens().revokeToken(made.id, 'bob')).toBe(true);
    expect(await tokens().tokenByHash(wanted.secretHash)).toBeUndefined();
    expect(await tokens().revokeToken(made.id, 'bob')).toBe(false);
    expect((await tokens().tokens(7)).find(({ id }) => id === made.id)).toMatchObject({
      revokedBy: 'bob',
      revokedAt: expect.any(Date) as Date,
    });
  });

  it('notes when it was used, at most once a minute', async () => {
    const { id } = await tokens().createToken(wanted);
    const used = async (): Promise<Date | null | undefined> =>
      (await tokens().tokens(7)).find((token) => token.id === id)?.lastUsedAt;
    expect(await used()).toBeNull();
    await tokens().tokenByHash(wanted.secretHash);
    const first = await used();
    expect(first).toBeInstanceOf(Date);
    await tokens().tokenByHash(wanted.secretHash);
    expect(await used()).toEqual(first);
    await age(database.pool(), 'api_tokens', ['last_used_at'], 61_000);
    await tokens().tokenByHash(wanted.secretHash);
    expect((await used())!.getTime()).toBeGreaterThanOrEqual(first!.getTime());
  });

  it('is listed and revoked for its repository only', async () => {
    const one = await tokens().createToken(wanted);
    const all = await tokens().createToken({ ...wanted, secretHash: hash('all'), repositoryId: null });
    expect((await tokens().tokens(7)).map(({ id }) => id)).toEqual([one.id]);
    expect((await tokens().tokens(null)).map(({ id }) => id)).toEqual([all.id, one.id]);
    expect(await tokens().revokeToken(one.id, 'eve', 8)).toBe(false);
    expect(await tokens().revokeToken(all.id, 'eve', 7)).toBe(false);
    expect(await tokens().revokeToken('no uuid', 'eve')).toBe(false);
    expect(await tokens().revokeToken(one.id, 'ada', 7)).toBe(true);
  });

  it('has a line in the audit for its making and its end', async () => {
    const { id } = await tokens().createToken(wanted);
    await tokens().revokeToken(id, 'bob');
    const subject = { token: id, name: 'nightly', scopes: 'runs:read, datasets:read' };
    expect(await store().auditEntries(10)).toMatchObject([
      { actor: 'bob', action: 'token.revoked', repositoryId: 7, subject },
      { actor: 'ada', action: 'token.created', repositoryId: 7, subject },
    ]);
  });
});

describe('a simulation', () => {
  const asked = {
    repositoryId: 7,
    baseRef: 'main',
    requestedBy: 'ada',
    configuration: 'version: 1\n',
    lastRuns: 20,
  };
  const run = (reason: string): SimulatedRun => ({
    evaluationId: randomUUID(),
    pipeline: 'invoices',
    was: { verdict: 'pass', blocked: false },
    would: { verdict: 'block', blocked: true, base: 0.9, head: 0.8, reasons: [reason] },
    note: null,
  });

  it('goes from waiting over running to done, with its results in their order', async () => {
    const { id, state } = await simulations().requestSimulation(asked);
    expect(state).toBe('waiting');
    expect(await simulations().openSimulations(7)).toBe(1);
    expect(await simulations().claimSimulation(id, 'w1', HOUR_MS)).toMatchObject({
      ...asked,
      state: 'running',
    });
    expect(await simulations().claimSimulation(id, 'w2', HOUR_MS)).toBeUndefined();
    const results = [run('nul \0 \ud800'), run('second')];
    for (const one of results) expect(await simulations().addSimulated(id, 'w1', one)).toBe(true);
    expect(await simulations().addSimulated(id, 'w2', run('x'))).toBe(false);
    expect(await simulations().endSimulation(id, 'w2', null)).toBe(false);
    expect(await simulations().endSimulation(id, 'w1', null)).toBe(true);
    expect(await simulations().endSimulation(id, 'w1', 'again')).toBe(false);
    expect(await simulations().simulation(id)).toMatchObject({
      state: 'done',
      problem: null,
      results,
      finishedAt: expect.any(Date) as Date,
    });
    expect(await simulations().openSimulations(7)).toBe(0);
    expect(await simulations().claimSimulation(id, 'w3', 0)).toBeUndefined();
  });

  it('fails with its problem', async () => {
    const { id } = await simulations().requestSimulation(asked);
    await simulations().claimSimulation(id, 'w1', HOUR_MS);
    await simulations().endSimulation(id, 'w1', 'no baseline');
    expect(await simulations().simulation(id)).toMatchObject({ state: 'failed', problem: 'no baseline' });
  });

  it('is taken over from a silent worker, without the results so far', async () => {
    const { id } = await simulations().requestSimulation(asked);
    await simulations().claimSimulation(id, 'w1', HOUR_MS);
    await simulations().addSimulated(id, 'w1', run('of w1'));
    await age(database.pool(), 'simulations', ['heartbeat_at'], HOUR_MS);
    expect(await simulations().lateSimulations(HOUR_MS, HOUR_MS)).toEqual([id]);
    expect(await simulations().beatSimulation(id, 'w1')).toBe(true);
    expect(await simulations().lateSimulations(HOUR_MS, HOUR_MS)).toEqual([]);
    await age(database.pool(), 'simulations', ['heartbeat_at'], HOUR_MS);
    expect(await simulations().claimSimulation(id, 'w2', HOUR_MS)).toMatchObject({ results: [] });
    expect(await simulations().beatSimulation(id, 'w1')).toBe(false);
    expect(await simulations().addSimulated(id, 'w1', run('late'))).toBe(false);
    expect((await simulations().simulation(id))?.results).toEqual([]);
  });

  it('that waits too long is late; after a month it is forgotten with its results', async () => {
    const { id } = await simulations().requestSimulation({ ...asked, repositoryId: newNumber() });
    expect(await simulations().lateSimulations(HOUR_MS, HOUR_MS)).toEqual([]);
    expect(await simulations().lateSimulations(0, HOUR_MS)).toEqual([id]);
    await simulations().claimSimulation(id, 'w1', HOUR_MS);
    await simulations().addSimulated(id, 'w1', run('x'));
    await age(database.pool(), 'simulations', ['created_at'], 29 * 24 * HOUR_MS);
    expect(await store().forget(HOUR_MS)).toBe(0);
    await age(database.pool(), 'simulations', ['created_at'], 2 * 24 * HOUR_MS);
    expect(await store().forget(HOUR_MS)).toBe(1);
    expect(await simulations().simulation(id)).toBeUndefined();
    expect(await simulations().simulation('no uuid')).toBeUndefined();
  });
});
