import { beforeEach, describe, expect, it } from 'vitest';
import type { Subject } from '../../src/core/app-words.js';
import { readAuditChain } from '../../src/postgres/audit.js';
import { createStore } from '../../src/postgres/store.js';
import { useDatabase } from '../support/postgres.js';
import { age, HOUR_MS, newEvaluation, newNumber, newSubject, sha } from './make.js';

const database = useDatabase({ each: 'test' });
const store = () => createStore(database.pool());

let subject: Subject;
beforeEach(async () => {
  subject = await newSubject(store());
});
const wanted = (more: Partial<Parameters<ReturnType<typeof store>['accept']>[0]> = {}) => ({
  ...subject,
  situationKey: 'situation',
  fields: ['total', 'invoices:date'],
  reason: 'the vendor changed',
  by: 'ada',
  role: 'admin',
  expiresMs: HOUR_MS,
  cause: `comment:${newNumber()}`,
  ...more,
});
const actions = async (): Promise<string[]> =>
  (await store().auditEntries(100)).map(({ action }) => action).reverse();
const expire = (): Promise<void> => age(database.pool(), 'acceptances', ['at', 'expires_at'], 2 * HOUR_MS);

describe('approvals', () => {
  it('are kept once for each commit of a pull request, with one line in the audit', async () => {
    const approval = { headSha: sha(1), pullNumber: 7, by: 'ada', role: 'write' };
    await Promise.all([1, 2, 3].map(() => store().approve(subject.repositoryId, approval)));
    await store().approve(subject.repositoryId, { ...approval, by: 'bob' });
    expect(await store().approval(subject.repositoryId, 7, sha(1))).toEqual({
      ...approval,
      at: expect.any(Date) as Date,
    });
    expect(await store().approval(subject.repositoryId, 7, sha(2))).toBeUndefined();
    expect(await store().approval(subject.repositoryId, 8, sha(1))).toBeUndefined();
    expect(await store().auditEntries(10)).toMatchObject([
      {
        actor: 'ada',
        action: 'approval.granted',
        repositoryId: subject.repositoryId,
        subject: { head: sha(1), pull: 7 },
      },
    ]);
  });
});

describe('acceptances', () => {
  it('are in force for their subject and situation, oldest first', async () => {
    const asked = wanted();
    const first = await store().accept(asked);
    const { cause, expiresMs, ...same } = asked;
    expect(cause).toBeDefined();
    expect(first).toEqual({
      ...same,
      id: expect.any(String) as string,
      at: expect.any(Date) as Date,
      expiresAt: expect.any(Date) as Date,
      revokedAt: null,
      revokedBy: null,
    });
    expect(Math.abs(first.expiresAt.getTime() - first.at.getTime() - expiresMs)).toBeLessThan(1_000);
    const second = await store().accept(wanted({ fields: [] }));
    expect(await store().acceptances(subject, 'situation')).toEqual([first, second]);
    expect(await store().acceptances(subject, 'other')).toEqual([]);
    expect(await store().acceptances({ ...subject, baseRef: 'release' }, 'situation')).toEqual([]);
  });

  it('of one cause are one, with one line in the audit', async () => {
    const asked = wanted();
    const all = await Promise.all([1, 2, 3, 4].map(() => store().accept(asked)));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(await actions()).toEqual(['acceptance.granted']);
  });

  it('leave no line in the audit when they could not be kept', async () => {
    await expect(store().accept(wanted({ expiresMs: Number.NaN }))).rejects.toThrow();
    expect(await actions()).toEqual([]);
  });

  it('are not kept when the audit cannot take the line', async () => {
    await database.pool().query('alter table docops.audit add constraint no check (actor <> $$ada$$)');
    await expect(store().accept(wanted())).rejects.toThrow('violates check constraint');
    expect(await store().acceptances(subject, 'situation')).toEqual([]);
  });

  it('are revoked all together, and say by whom', async () => {
    const first = await store().accept(wanted());
    await store().accept(wanted());
    await store().accept({ ...wanted(), baseRef: 'release' });
    expect(await store().revoke(subject, 'bob')).toBe(2);
    expect(await store().revoke(subject, 'bob')).toBe(0);
    expect(await store().acceptances(subject, 'situation')).toEqual([]);
    expect(await store().acceptances({ ...subject, baseRef: 'release' }, 'situation')).toHaveLength(1);
    const { rows } = await database
      .pool()
      .query('select revoked_by, revoked_at is not null as revoked from docops.acceptances where id = $1', [
        first.id,
      ]);
    expect(rows).toEqual([{ revoked_by: 'bob', revoked: true }]);
    expect((await actions()).filter((action) => action === 'acceptance.revoked')).toHaveLength(2);
  });

  it('end by themselves, and are then nothing to revoke', async () => {
    await store().accept(wanted());
    await expire();
    expect(await store().acceptances(subject, 'situation')).toEqual([]);
    expect(await store().revoke(subject, 'bob')).toBe(0);
  });
});

describe('expired acceptances', () => {
  const expired = (withinMs = 2 * HOUR_MS): Promise<readonly Subject[]> =>
    store().expiredAcceptances(withinMs);

  it('name the subject until a later attempt is made', async () => {
    await store().createEvaluation(newEvaluation(subject, { state: 'judged' }));
    await store().accept(wanted());
    await age(database.pool(), 'evaluations', ['created_at'], 3 * HOUR_MS);
    expect(await expired()).toEqual([]);
    await expire();
    expect(await expired()).toEqual([subject]);
    expect(await expired(HOUR_MS / 2)).toEqual([]);
    await store().createEvaluation(newEvaluation(subject, { state: 'judged' }));
    expect(await expired()).toEqual([]);
  });

  it('are not those that were revoked, nor those of a situation that has changed', async () => {
    await store().createEvaluation(
      newEvaluation(subject, { state: 'judged', situation: { key: 'new', keyWithoutBase: 'new' } }),
    );
    await store().accept(wanted());
    await store().accept(wanted({ situationKey: 'new' }));
    await age(database.pool(), 'evaluations', ['created_at'], 3 * HOUR_MS);
    await database
      .pool()
      .query(
        `update docops.acceptances set revoked_at = now(), revoked_by = 'x' where situation_key = 'new'`,
      );
    await expire();
    expect(await expired()).toEqual([]);
  });

  it('name the subject also when a later one, of other fields, is in force', async () => {
    await store().createEvaluation(newEvaluation(subject, { state: 'judged' }));
    await store().accept(wanted());
    await age(database.pool(), 'evaluations', ['created_at'], 3 * HOUR_MS);
    await expire();
    await store().accept(wanted({ fields: ['vendor'] }));
    expect(await expired()).toEqual([subject]);
  });
});

describe('label disputes', () => {
  it('are kept once for each cause, and listed for a repository or one pull request', async () => {
    const asked = {
      pullNumber: 7,
      pipeline: null,
      document: 'doc-1\u0000',
      field: 'total',
      value: null,
      reason: 'the scan says 12',
      by: 'ada',
      cause: 'comment:1:0',
    };
    const first = await store().dispute(subject.repositoryId, asked);
    expect(first).toEqual({
      id: expect.any(String) as string,
      pullNumber: 7,
      pipeline: null,
      document: 'doc-1\ufffd',
      field: 'total',
      value: null,
      reason: 'the scan says 12',
      by: 'ada',
      at: expect.any(Date) as Date,
    });
    expect(await store().dispute(subject.repositoryId, { ...asked, reason: 'other' })).toEqual(first);
    const second = await store().dispute(subject.repositoryId, {
      ...asked,
      pullNumber: 8,
      value: '12',
      cause: 'c',
    });
    expect(await store().disputes(subject.repositoryId)).toEqual([first, second]);
    expect(await store().disputes(subject.repositoryId, 8)).toEqual([second]);
    expect(await store().disputes(newNumber())).toEqual([]);
  });
});

describe('the audit', () => {
  const line = (i: number) => ({
    actor: 'docops',
    action: 'evaluation.reported',
    repositoryId: i % 2 === 0 ? null : subject.repositoryId,
    subject: { i, text: 'ü "quoted" \\', none: null, yes: true },
  });

  it('gives its lines back, newest first', async () => {
    for (let i = 0; i < 4; i++) await store().audit(line(i));
    const entries = await store().auditEntries(3);
    expect(entries).toEqual([3, 2, 1].map((i) => ({ ...line(i), id: i + 1, at: expect.any(Date) as Date })));
  });

  it.each([
    ['update', `update docops.audit set actor = 'eve'`],
    ['delete', 'delete from docops.audit'],
    ['truncate', 'truncate docops.audit'],
    ['truncate of the schema', 'truncate docops.audit, docops.cursors cascade'],
  ])('refuses an %s', async (_name, sql) => {
    await store().audit(line(1));
    await expect(database.pool().query(sql)).rejects.toThrow('append-only');
    expect(await store().auditEntries(10)).toMatchObject([line(1)]);
  });

  it('is numbered without a gap and chained when many write at once, also when some roll back', async () => {
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        if (i % 4 !== 0) return store().audit(line(i));
        const client = await database.pool().connect();
        await client.query(
          `begin; insert into docops.audit (actor, action, subject) values ('x', 'y', '{}'); rollback`,
        );
        client.release();
      }),
    );
    const entries = await store().auditEntries(100);
    expect(entries.map(({ id }) => id).reverse()).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(await readAuditChain(database.pool(), 7)).toEqual({ lines: 30, brokenAt: null });
  });

  it.each([
    ['a changed line', `update docops.audit set actor = 'eve' where id = 3`, 3],
    ['a changed time', `update docops.audit set at = at + interval '1 microsecond' where id = 2`, 2],
    ['a line that was taken out', 'delete from docops.audit where id = 3', 4],
    ['a first line that was taken out', 'delete from docops.audit where id = 1', 2],
  ])('shows %s, even when somebody switched the guard off', async (_name, sql, broken) => {
    for (let i = 0; i < 5; i++) await store().audit(line(i));
    expect(await readAuditChain(database.pool(), 2)).toEqual({ lines: 5, brokenAt: null });
    await database.pool().query('alter table docops.audit disable trigger audit_refuse');
    await database.pool().query(sql);
    // Also where it is the first or the last line of what is read at once.
    for (const atOnce of [1, 2, 3, 100])
      expect((await readAuditChain(database.pool(), atOnce)).brokenAt).toBe(broken);
  });
});
