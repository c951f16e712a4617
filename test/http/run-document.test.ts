import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/report/schema.js';
import type { DocumentItem } from '../../src/ports/document-views.js';
import { blockReport, cell, document, passReport } from '../support/report.js';
import { evaluation, REPOSITORY, reportOf, runSite } from './run-support.js';

const PICTURE = Buffer.from('a picture');
const ITEMS: readonly DocumentItem[] = [
  {
    kind: 'image',
    name: 'inv.pdf, page 1 of 1',
    type: 'image/webp',
    bytes: PICTURE,
    width: 600,
    height: 800,
  },
  { kind: 'text', name: 'inv.pdf, text layer', text: 'Total 1.234,56', truncated: false },
];

const TABLE: Report = {
  ...passReport(),
  fields: passReport().fields.map((field, i) =>
    i === 0
      ? {
          ...field,
          field: 'items',
          columns: [
            { ...field, field: 'items.name' },
            { ...field, field: 'items.price' },
          ],
        }
      : field,
  ),
  documents: [
    document('first', 1, 0.2, [
      cell('net', '1.234,56', '1.234,56', '1.243,56'),
      cell('items.price', '12', '12', '1', { row: 3, base_row: 3, head_row: 2 }),
      cell('items.name', 'Bolt', 'Bolt', 'Nut', { row: 3, base_row: 3, head_row: 2 }),
      cell('items.price', '5', '5', null, { row: 1, base_row: 1, head_row: null }),
      cell('items.name', null, null, 'Total', {
        row: null,
        base_row: null,
        head_row: 4,
        change: 'regressed',
      }),
    ]),
    document('second', 1, 0.5, [cell('tax', '1', '1', null)]),
    document('third', 1, 0.6, [cell('net', '1', '1', '2')]),
  ],
};

function signedIn(report: Report, access: { role: 'read' | 'write'; isPublic: boolean }) {
  return runSite({
    signIn: true,
    access: [{ repositoryId: REPOSITORY.id, ...access }],
    reports: [reportOf('invoices', report)],
    items: ITEMS,
  });
}

describe('the page of a document', () => {
  it('shows expected, base and head with the difference inside the value marked', async () => {
    const page = await runSite({ reports: [reportOf('invoices', TABLE)] }).text('/document', {
      document: 'first',
    });
    expect(page).toContain('1.2<mark>43</mark>,56');
    expect(page.match(/<h1/g)).toHaveLength(1);
  });

  it('shows the rows of a table as they were paired', async () => {
    const page = await runSite({ reports: [reportOf('invoices', TABLE)] }).text('/document', {
      document: 'first',
    });
    const grid = /<table class="grid">[\s\S]*?<\/table>/.exec(page)![0];
    const heads = [...grid.matchAll(/<th scope="col">([^<]*)</g)].map(([, text]) => text);
    expect(heads).toEqual(['Label', 'Base', 'Head', 'name', 'price']);
    const rows = [
      ...grid.matchAll(
        /<th scope="row">([^<]*)<\/th><td class="nowrap">([^<]*)<\/td><td class="nowrap">([^<]*)</g,
      ),
    ].map(([, ...places]) => places);
    expect(rows).toEqual([
      ['row 1', 'row 1', 'none'],
      ['row 3', 'row 3', 'row 2'],
      ['additional row', 'none', 'row 4'],
    ]);
  });

  it('shows old reports, which do not say how rows were paired', async () => {
    const cells = TABLE.documents[0]!.cells.map(({ base_row: _, head_row: __, ...rest }) => rest);
    const report = { ...TABLE, documents: [{ ...TABLE.documents[0]!, cells }] };
    const page = await runSite({ reports: [reportOf('invoices', report)] }).text('/document', {
      document: 'first',
    });
    expect(page).toContain('<th scope="row">row 3</th>');
    expect(page).toContain('additional row');
  });

  it('leads to the one before and after within the filter', async () => {
    const site = runSite({ reports: [reportOf('invoices', TABLE)] });
    const all = await site.text('/document', { document: 'second' });
    expect(all).toMatch(/rel="prev" href="[^"]*document=first/);
    expect(all).toMatch(/rel="next" href="[^"]*document=third/);
    const filtered = await site.text('/document', { document: 'first', field: 'net' });
    expect(filtered).toMatch(/rel="next" href="[^"]*document=third/);
    expect(filtered).toContain('1 of 2');
    // Out of the filter it was opened from: the whole list.
    expect(await site.text('/document', { document: 'second', field: 'net' })).toContain('2 of 3');
  });

  it('is nothing for a document that the report does not have', async () => {
    const site = runSite({ reports: [reportOf('invoices', TABLE)], items: ITEMS });
    for (const id of ['../../etc/passwd', '', 'first/../second', 'fir'])
      expect((await site.ask('/document', { document: id })).status).toBe(404);
    expect(site.viewed).toEqual([]);
  });
});

describe('what a document looks like', () => {
  it('is shown by addresses that hold for a while, and only for the visitor who got them', async () => {
    const site = signedIn(TABLE, { role: 'read', isPublic: false });
    const browser = await site.browser();
    const path = `/evaluations/${site.state.evaluation.id}/document`;
    const page = await (await browser.ask(`${path}?document=first`)).text();
    expect(page).toContain('Total 1.234,56');
    const [, src] = /<img[^>]*src="([^"]*)"/.exec(page)!;
    const to = src!.replaceAll('&amp;', '&');
    expect(to).toMatch(/document\/image\?.*until=\d+.*sig=/);
    const image = await browser.ask(to);
    expect(image.status).toBe(200);
    expect(Buffer.from(await image.arrayBuffer())).toEqual(PICTURE);
    expect(Object.fromEntries(image.headers)).toMatchObject({
      'content-type': 'image/webp',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, max-age=300',
    });
    const other = await site.browser();
    expect((await other.ask(to)).status).toBe(404);
    expect((await browser.ask(to.replace('document=first', 'document=second'))).status).toBe(404);
    expect((await browser.ask(to.replace(/&(?:until|sig)=[^&]*/g, ''))).status).toBe(404);
    expect((await browser.ask(to.replace('item=0', 'item=1'))).status).toBe(404);
  });

  it('is asked for at the commit and folder that the run read', async () => {
    const site = signedIn(TABLE, { role: 'read', isPublic: false });
    const browser = await site.browser();
    await browser.ask(`/evaluations/${site.state.evaluation.id}/document?document=first`);
    expect(site.viewed).toEqual([
      {
        repository: REPOSITORY,
        commit: TABLE.base.commit,
        dataset: TABLE.dataset.source,
        documentId: 'first',
      },
    ]);
    const dataset = { ...TABLE.dataset, read_from: 'head' as const };
    const bootstrap = signedIn(
      { ...TABLE, dataset, base: { ...TABLE.base, commit: null } },
      { role: 'read', isPublic: false },
    );
    const reader = await bootstrap.browser();
    await reader.ask(`/evaluations/${bootstrap.state.evaluation.id}/document?document=first`);
    expect(bootstrap.viewed[0]?.commit).toBe(TABLE.head.commit);
  });

  it.each([
    ['a public repository and no right to write', TABLE, { role: 'read', isPublic: true }],
    [
      'fields that the configuration masks',
      { ...TABLE, masked: ['net'] },
      { role: 'write', isPublic: false },
    ],
    [
      'a dataset that was in no commit',
      { ...TABLE, dataset: { ...TABLE.dataset, read_from: 'folder' } },
      { role: 'write', isPublic: false },
    ],
  ] as const)('is not shown with %s', async (_name, report, access) => {
    const site = signedIn(report as Report, access);
    const browser = await site.browser();
    const page = await (
      await browser.ask(`/evaluations/${site.state.evaluation.id}/document?document=first`)
    ).text();
    expect(page).toContain('The document itself is');
    expect(page).not.toContain('Total 1.234,56');
    expect(site.viewed).toEqual([]);
  });

  it('is not shown of an outsider\u2019s run', async () => {
    const known = evaluation({ trust: { trusted: false, reason: 'x', aggregatesOnly: true } });
    const site = runSite({
      evaluation: known,
      signIn: true,
      access: [{ repositoryId: REPOSITORY.id, role: 'admin', isPublic: false }],
      reports: [reportOf('invoices', blockReport())],
      items: ITEMS,
    });
    const browser = await site.browser();
    const response = await browser.ask(`/evaluations/${known.id}/document?document=inv-0042`);
    expect(response.status).toBe(404);
    expect(site.viewed).toEqual([]);
  });
});
