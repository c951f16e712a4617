import { describe, expect, it } from 'vitest';
import type { Evaluation, Subject } from '../../src/core/app-words.js';
import type { NewEvaluation } from '../../src/ports/store.js';
import { createInsight } from '../../src/postgres/insight.js';
import { createStore } from '../../src/postgres/store.js';
import { useDatabase } from '../support/postgres.js';
import { HOUR_MS, newEvaluation, newSubject, pipelineReport, result } from './make.js';

const database = useDatabase();
const store = () => createStore(database.pool());

const told = async (id: string): Promise<string[]> =>
  (await createInsight(database.pool()).stages(id)).map(({ text }) => text);

async function made(more: Partial<NewEvaluation> = {}, subject?: Subject): Promise<Evaluation> {
  const wanted = newEvaluation(subject ?? (await newSubject(store())), more);
  return (await store().createEvaluation(wanted)).evaluation;
}

const step = (stage: string) => ({ stage, done: 0, total: 9, estimatedEndMs: null });

describe('the stages of an evaluation', () => {
  it('tell its way from planned to reported, each step of measuring once', async () => {
    const { id } = await made();
    await store().claim(id, 'w1', HOUR_MS);
    for (const stage of [
      'measuring base of invoices',
      'measuring base of invoices',
      'measuring head of invoices',
    ])
      await store().heartbeat(id, 'w1', step(stage));
    await store().heartbeat(id, 'w1', null);
    await store().finish(id, 'w1', result([pipelineReport(), pipelineReport({ pipeline: 'b' }, 'warn')]));
    await store().markReported(id);
    expect(await told(id)).toEqual([
      'planned (first look): waits for a worker',
      'a worker took it',
      'measuring base of invoices',
      'measuring head of invoices',
      'finished: invoices passed, b warning',
      'reported: GitHub shows it',
    ]);
  });

  it('have times that do not go back', async () => {
    const { id } = await made();
    await store().claim(id, 'w1', HOUR_MS);
    await store().fail(id, { class: 'timed-out', message: 'no verdict before the deadline', mend: null });
    const lines = await createInsight(database.pool()).stages(id);
    expect(lines.map(({ text }) => text).at(-1)).toBe(
      'no verdict, the time is over: no verdict before the deadline',
    );
    const times = lines.map(({ at }) => at.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('say nothing of what changed nothing', async () => {
    const { id } = await made();
    await store().claim(id, 'w1', HOUR_MS);
    const before = await told(id);
    await store().claim(id, 'w2', HOUR_MS);
    await store().heartbeat(id, 'w2', step('measuring head of invoices'));
    await store().release(id, 'w2', true);
    await store().finish(id, 'w2', result());
    await store().markReported(id);
    expect(await told(id)).toEqual(before);
  });

  it('count the tries, and say why it was given back', async () => {
    const { id } = await made();
    await store().claim(id, 'w1', HOUR_MS);
    await store().release(id, 'w1', true);
    await store().claim(id, 'w1', HOUR_MS);
    await store().release(id, 'w1', false);
    expect((await told(id)).slice(1)).toEqual([
      'a worker took it',
      'given back: it failed, and is tried again',
      'a worker took it, try 2',
      'given back: its worker stops',
    ]);
  });

  it('say what took its place', async () => {
    const subject = await newSubject(store());
    const answered = await made({ state: 'judged', decision: { kind: 'not-configured' } }, subject);
    const waiting = await made({}, subject);
    const last = await made({ why: '/rerun-eval by @ada' }, subject);
    await store().supersede(subject, 'head moved to 1234567');
    expect(await told(answered.id)).toEqual([
      'not evaluated: there is no configuration',
      'replaced by attempt 2: first look',
    ]);
    expect((await told(waiting.id)).at(-1)).toBe('superseded by attempt 3: /rerun-eval by @ada');
    expect((await told(last.id)).at(-1)).toBe('superseded: head moved to 1234567');
  });

  it.each([
    [{ kind: 'hold', reason: 'eve has no role', policy: 'hold' }, 'held: eve has no role'],
    [{ kind: 'draft' }, 'waits until the draft is ready for review'],
    [{ kind: 'queue-trusted' }, 'not evaluated again: merge groups are trusted'],
  ] as const)('say why it does not wait: %j', async (decision, line) => {
    expect(await told((await made({ state: 'judged', decision })).id)).toEqual([line]);
  });

  it('say that its reports are an earlier one\u2019s', async () => {
    const { id } = await made({ state: 'judged', reports: [pipelineReport()], why: 'accepted by @ada' });
    expect(await told(id)).toEqual([
      'concluded anew (accepted by @ada), with the reports of an earlier attempt',
    ]);
  });

  it('do not tell outsiders what is wrong with the dataset', async () => {
    const failure = { class: 'configuration', message: 'label of secret-invoice.pdf', mend: null } as const;
    const inside = await made();
    await store().fail(inside.id, failure);
    expect((await told(inside.id)).at(-1)).toContain('secret-invoice.pdf');
    const outside = await made({ trust: { trusted: false, reason: 'eve', aggregatesOnly: true } });
    await store().fail(outside.id, failure);
    expect((await told(outside.id)).join('\n')).not.toContain('secret');
  });

  it('are bounded, each and all, and end with its end', async () => {
    const { id } = await made({ why: 'x'.repeat(5_000) });
    await store().claim(id, 'w1', HOUR_MS);
    for (let i = 0; i < 450; i++) await store().heartbeat(id, 'w1', step(`step ${i}`));
    await store().finish(id, 'w1', result());
    const lines = await told(id);
    expect(lines).toHaveLength(401);
    expect(lines.at(-1)).toBe('finished: invoices passed');
    expect(lines[0]).toHaveLength(1_000);
  });

  it('of nothing are none', async () => {
    expect(await told('no uuid')).toEqual([]);
  });
});
