import { parse } from 'csv-parse/sync';
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RepositoryRef } from '../../src/core/app-words.js';
import { LEDGER_PAGE_LINES } from '../../src/core/limits.js';
import { FAMILIES, SAYS } from '../../src/http/ledger/words.js';
import { LEDGER_COLUMNS } from '../../src/http/pages/ledger/export.js';
import { createStore } from '../../src/postgres/store.js';
import { repositoryRef, sha } from '../postgres/make.js';
import { useDatabase } from '../support/postgres.js';
import { world } from './api-support.js';
import { ADA, Browser } from './site-support.js';

const database = useDatabase();
const FORMULA = '=HYPERLINK("https://evil.example","x")';
const HOSTILE = '<script>alert(1)</script> \u202ereversed\u001b[31m';
let repository: RepositoryRef;
let other: RepositoryRef;

beforeAll(async () => {
  [repository, other] = [repositoryRef(), repositoryRef()];
  const store = createStore(database.pool());
  await store.saveRepositories([repository, other]);
  const id = repository.id;
  const acceptance = {
    repositoryId: id,
    baseRef: 'main',
    situationKey: 'k',
    fields: ['grand_total'],
    role: 'admin',
    by: 'ada',
    expiresMs: 60_000,
  };
  await store.accept({ ...acceptance, headSha: sha(1), reason: 'the layout changed', cause: 'comment:1:0' });
  await store.accept({
    ...acceptance,
    headSha: sha(2),
    reason: FORMULA,
    cause: 'comment:2:0',
    expiresMs: -1,
  });
  await store.accept({ ...acceptance, headSha: sha(3), reason: HOSTILE, cause: 'comment:3:0' });
  await store.revoke({ repositoryId: id, headSha: sha(3), baseRef: 'main' }, 'grace');
  await store.approve(id, { headSha: sha(4), pullNumber: 9, by: 'grace', role: 'admin' });
  await store.dispute(id, {
    pullNumber: 12,
    pipeline: 'invoices',
    document: 'inv-0042',
    field: 'due_date',
    value: '2024-03-01',
    reason: 'the scan says so',
    by: 'ada',
    cause: 'comment:77:0',
  });
  await store.audit({
    actor: 'ada',
    action: 'command.dispute-label',
    repositoryId: id,
    subject: { number: 12, comment: 77, done: true },
  });
  await store.audit({
    actor: 'docops',
    action: 'evaluation.reported',
    repositoryId: id,
    subject: { evaluation: 'e-1', head: sha(5), branch: 'main', decision: 'evaluate', conclusion: 'failure' },
  });
  await store.audit({
    actor: 'someone-else',
    action: 'approval.granted',
    repositoryId: other.id,
    subject: { pull: 1 },
  });
});

async function visit(role: 'read' | null = 'read') {
  const access = role === null ? [] : [{ repositoryId: repository.id, role, isPublic: false } as const];
  const { app, github } = world(database.pool(), access);
  const browser = new Browser(app);
  await browser.signIn(github, { person: ADA });
  return (below = '') => browser.ask(`/repositories/${repository.owner}/${repository.name}/ledger${below}`);
}

/** Cells of each line of the table, as text. */
function lines(html: string): string[][] {
  return [...html.matchAll(/<tr id="line-\d+">(.*?)<\/tr>/gs)].map(([, row]) =>
    [...row!.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(([, cell]) =>
      cell!.replace(/<[^>]+>/g, '').trim(),
    ),
  );
}

describe('the page of the ledger', () => {
  it('says who did what, why and about what, newest first', async () => {
    const html = await (await (await visit())()).text();
    const found = lines(html);
    expect(found.map(([, who]) => who)).toEqual(['docops', 'ada', 'grace', 'grace', 'ada', 'ada', 'ada']);
    expect(found[0]![2]).toBe('concluded a run on main: failure (evaluate)');
    expect(found[1]!.slice(2)).toEqual([
      'disputed the label of due_date in inv-0042, which should be 2024-03-01',
      'the scan says so',
      '#12',
    ]);
    expect(found[2]!.slice(2)).toEqual([
      'let a commit of somebody without write access be evaluated',
      '\u2014',
      `#9${sha(4).slice(0, 7)}`,
    ]);
    expect(found[3]![2]).toBe('took an acceptance back on main');
    expect(html).toContain(`/${repository.owner}/${repository.name}/pull/12#issuecomment-77"`);
    expect(html).not.toContain('someone-else');
  });

  it('says how each acceptance stands', async () => {
    const found = lines(await (await (await visit())('?action=acceptance.granted')).text());
    expect(found).toHaveLength(3);
    expect(found.map((line) => /revoked|expired|in force/.exec(line[2]!)?.[0])).toEqual([
      'revoked',
      'expired',
      'in force',
    ]);
    expect(found[0]![2]).toContain('by grace');
    expect(found[2]![3]).toBe('the layout changed');
  });

  it('shows what was typed as text', async () => {
    const html = await (await (await visit())()).text();
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    for (const raw of ['<script>alert', '\u202e', '\u001b']) expect(html).not.toContain(raw);
  });

  it('is filtered by action and by person; what cannot be a filter is left aside', async () => {
    const ask = await visit();
    expect(lines(await (await ask('?actor=@GRACE')).text())).toHaveLength(2);
    expect(lines(await (await ask('?action=approval&actor=grace')).text())).toHaveLength(1);
    expect(await (await ask('?actor=nobody')).text()).toContain('No line is like that.');
    for (const query of [
      "action=';drop",
      'before=-1',
      'before=1e99',
      'actor=%00%0a',
      `actor=${'x'.repeat(101)}`,
    ]) {
      const response = await ask(`?${query}`);
      expect(response.status, query).toBe(200);
      expect(lines(await response.text()), query).toHaveLength(7);
    }
  });

  it('says whether the chain holds, when it is asked', async () => {
    const ask = await visit();
    expect(await (await ask()).text()).not.toContain('The chain');
    expect(await (await ask('?verify=1')).text()).toMatch(/The chain holds over all \d+ lines/);
  });

  it('is there for who reads the repository, and for nobody else', async () => {
    const ask = await visit(null);
    for (const below of ['', '.csv', '.json']) {
      const response = await ask(below);
      expect(response.status, below).toBe(404);
      expect(await response.text()).not.toContain('layout changed');
    }
    const stranger = new Browser(world(database.pool()).app);
    for (const below of ['', '.csv', '.json']) {
      const response = await stranger.ask(
        `/repositories/${repository.owner}/${repository.name}/ledger${below}`,
      );
      expect(await response.text(), below).not.toContain('layout changed');
    }
  });

  it('has words for every action that the program writes', () => {
    const root = new URL('../../src/', import.meta.url);
    const written = ['flow', 'postgres', 'http']
      .flatMap((room) =>
        readdirSync(new URL(room, root), { recursive: true, encoding: 'utf8' })
          .filter((name) => name.endsWith('.ts'))
          .map((name) => readFileSync(new URL(`${room}/${name}`, root), 'utf8')),
      )
      .flatMap((text) => [...text.matchAll(/action: '([a-z]+\.[a-z-]+)'/g)].map(([, action]) => action!));
    expect(new Set(written).size).toBeGreaterThan(7);
    for (const action of written) {
      expect(Object.keys(SAYS)).toContain(action);
      expect(
        FAMILIES.some(([family]) => action.startsWith(family)),
        action,
      ).toBe(true);
    }
  });
});

describe('the ledger as a file', () => {
  it('is CSV without formulas', async () => {
    const response = await (await visit())('.csv');
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="ledger-${repository.owner}-${repository.name}.csv"`,
    );
    const rows = parse<Record<string, string>>(await response.text(), { columns: true });
    expect(Object.keys(rows[0]!)).toEqual([...LEDGER_COLUMNS]);
    expect(rows).toHaveLength(7);
    expect(rows.find(({ state }) => state === 'expired')!['reason']).toBe(`'${FORMULA}`);
    expect(rows.find(({ state }) => state === 'revoked')).toMatchObject({
      reason: HOSTILE,
      revoked_by: 'grace',
    });
    for (const cell of rows.flatMap((row) => Object.values(row))) expect(cell).not.toMatch(/^[=+\-@]/);
  });

  it('is JSON, of the filter', async () => {
    const ask = await visit();
    const all = (await (await ask('.json')).json()) as {
      schema: string;
      lines: { id: number; reason: string }[];
    };
    expect(all).toMatchObject({ schema: 'docops.ledger/1', repository: { id: repository.id } });
    expect(all.lines.map(({ reason }) => reason)).toContain(FORMULA);
    const ids = all.lines.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    const some = (await (await ask('.json?action=approval')).json()) as typeof all;
    expect(some.lines).toHaveLength(1);
    const none = (await (await ask('.json?actor=nobody')).json()) as typeof all;
    expect(none.lines).toEqual([]);
  });

  it('is whole however long it is, and the page goes on where it ended', async () => {
    await database.pool().query(
      `insert into docops.audit (actor, action, repository_id, subject)
        select 'bulk', 'button.refused', $1, '{"action":"rerun"}' from generate_series(1, 1203)`,
      [repository.id],
    );
    const ask = await visit();
    const file = (await (await ask('.json?actor=bulk')).json()) as { lines: { id: number }[] };
    expect(new Set(file.lines.map(({ id }) => id)).size).toBe(1203);
    const first = await (await ask('?actor=bulk')).text();
    expect(lines(first)).toHaveLength(LEDGER_PAGE_LINES);
    const [, older] = /href="[^"]*\/ledger(\?[^"]*before=\d+)"/.exec(first)!;
    const second = await (await ask(older!.replaceAll('&amp;', '&'))).text();
    const ids = (html: string) => [...html.matchAll(/id="line-(\d+)"/g)].map(([, id]) => Number(id));
    expect(ids(second)[0]).toBe(ids(first).at(-1)! - 1);
  });
});
