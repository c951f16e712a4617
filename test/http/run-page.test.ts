import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { subjectOnly } from '../../src/flow/supersede.js';
import { blockReport, hostileReport, hugeReport, passReport } from '../support/report.js';
import { evaluation, REPOSITORY, reportOf, runOf, runSite } from './run-support.js';

describe('the page of a run', () => {
  it('answers what got worse, where, why and whether it is real, and says what it belongs to', async () => {
    const known = evaluation({
      attempt: 2,
      why: '/rerun-eval by @ada',
      warnings: ['The dataset has an LFS pointer.'],
    });
    const earlier = runOf(known, { id: randomUUID(), attempt: 1, why: 'opened' });
    const site = runSite({
      evaluation: known,
      reports: [reportOf('invoices')],
      runs: [runOf(known), earlier],
      acceptances: [
        {
          ...subjectOnly(known),
          id: randomUUID(),
          situationKey: 's',
          fields: ['grand_total'],
          reason: 'the vendor <b>changed</b> its layout',
          by: 'grace',
          role: 'admin',
          at: new Date(0),
          expiresAt: new Date(86_400_000),
          revokedAt: null,
          revokedBy: null,
        },
      ],
      stages: [{ at: new Date(0), text: 'measuring head of invoices' }],
    });
    const response = await site.ask();
    expect(response.status).toBe(200);
    const page = await response.text();
    for (const part of [
      '<h1>',
      'BLOCKED',
      'What happened, and why this verdict',
      'Is it real?',
      'id="fields"',
      'class="chart"',
      'id="slices"',
      'id="together"',
      'id="documents"',
      'id="labels"',
      'id="reasons"',
      'id="measured"',
      'https://github.com/acme/extract/pull/7',
      `https://github.com/acme/extract/commit/${known.headSha}`,
      'https://github.com/acme/extract/tree/main',
      'Faster totals',
      'attempt 2: /rerun-eval by @ada',
      'This regression was accepted by grace: the vendor &lt;b&gt;changed&lt;/b&gt; its layout',
      'grace (admin) accepted grand_total on ',
      'The dataset has an LFS pointer.',
      'measuring head of invoices',
      'Earlier and later runs',
    ])
      expect(page).toContain(part);
    expect(page.match(/<h1/g)).toHaveLength(1);
  });

  it('has no script and no style of its own, and no request to anybody else', async () => {
    const page = await runSite({ reports: [reportOf('invoices')] }).text();
    expect(page).not.toMatch(/<style|\sstyle=|<script(?! src="\/assets\/)|\son[a-z]+=|hx-on|hx-vals/);
    expect([...page.matchAll(/\s(?:src|action|hx-get)="([^"]*)"/g)].map(([, to]) => to)).not.toContainEqual(
      expect.stringMatching(/^(?!\/)/),
    );
  });

  it('lists the pipelines where there are several, what blocks first, and shows the one that is asked for', async () => {
    const site = runSite({ reports: [reportOf('receipts', passReport()), reportOf('invoices')] });
    const index = await site.text();
    expect(index.indexOf('>invoices</a>')).toBeLessThan(index.indexOf('>receipts</a>'));
    expect(/<h1>(.*?)<\/h1>/s.exec(index)?.[1]?.replace(/<[^>]*>/g, '')).toMatch(/BLOCKED 1 of 2 pipelines$/);
    expect(index).toContain('pipeline=receipts&amp;key=');
    expect(await site.text('', { pipeline: 'receipts' })).toContain('PASSED');
    expect((await site.ask('', { pipeline: 'none' })).status).toBe(404);
  });

  it('says when something newer took its place, and where the verdict was measured', async () => {
    const known = evaluation({ supersededBy: 'head moved to 1234567' });
    const site = runSite({
      evaluation: known,
      reports: [{ ...reportOf('invoices'), reusedFrom: randomUUID() }],
    });
    const page = await site.text();
    expect(page).toContain('Superseded: head moved to 1234567.');
    expect(page).toContain('This verdict was taken over from');
  });

  it('shows which pull request of a merge group moved which field', async () => {
    const known = evaluation({
      kind: 'merge-group',
      pullNumber: null,
      attribution: [
        {
          pullNumber: 12,
          commit: 'c'.repeat(40),
          pipeline: 'invoices',
          moved: [{ field: 'grand_total', before: 0.9, after: 0.8 }],
        },
      ],
    });
    const page = await runSite({ evaluation: known, reports: [reportOf('invoices')] }).text();
    expect(page).toContain('Which pull request of the group moved which field');
    expect(page).toMatch(/pull\/12">#12<\/a>[\s\S]*grand_total[\s\S]*−10\.0/);
  });

  it('shows outsiders no document and no value, on no way', async () => {
    const known = evaluation({
      trust: { trusted: false, reason: 'no write access', aggregatesOnly: true },
      warnings: ['inv-0042 has no label'],
    });
    const site = runSite({ evaluation: known, reports: [reportOf('invoices')] });
    for (const path of ['', '/report.json', '/report.csv', '/report.html', '.json']) {
      const text = await site.text(path);
      expect(text.length).toBeGreaterThan(100);
      expect(text).not.toContain('inv-00');
      expect(text).not.toContain('1.234,56');
    }
    expect((await site.ask('/document', { document: 'inv-0042' })).status).toBe(404);
    expect(site.viewed).toEqual([]);
  });

  it('shows what strangers wrote as text, in every part', async () => {
    const known = evaluation({
      why: '<script>window.pwned = 1</script>',
      baseRef: '"><img src=x onerror=1>\u202e',
      warnings: ['<script>window.pwned = 1</script>'],
      supersededBy: '<script>window.pwned = 1</script>',
    });
    const report = hostileReport();
    const site = runSite({
      evaluation: known,
      reports: [{ ...reportOf('invoices', report), report: { ...report, pipeline: 'invoices' } }],
      runs: [runOf(known, { title: '<img src=x onerror=1>' }), runOf(known, { id: randomUUID() })],
      stages: [{ at: new Date(0), text: '<script>window.pwned = 1</script>' }],
      items: [{ kind: 'text', name: '<b>', text: '<script>window.pwned = 1</script>', truncated: false }],
    });
    for (const path of ['', '/document']) {
      const page = await site.text(path, { document: '<script>window.pwned = 1</script>' });
      expect(page.includes('window.pwned')).toBe(true);
      // What a form sends back is what the report has; it is in no text.
      const seen = page.replace(/ value="[^"]*"/g, '');
      // eslint-disable-next-line no-control-regex
      expect(/.{0,40}(?:<script>|<img src=x|\u202e|\u001b)/.exec(seen)?.[0]).toBeUndefined();
    }
  });

  it('reads and sorts a report once, and renders one page of its documents', async () => {
    const site = runSite({ reports: [reportOf('invoices', hugeReport(2_000, 40))] });
    const page = await site.text();
    expect(/id="document-table"[\s\S]*?<\/table>/.exec(page)?.[0].match(/<tr/g)).toHaveLength(26);
    await site.text();
    await site.text('/document', { document: 'document-000003' });
    expect(site.asked.reports).toBe(1);
  });

  it('is nothing for another key, another id and what is no id', async () => {
    const site = runSite({ reports: [reportOf('invoices')] });
    expect((await site.ask('', { key: 'wrong' })).status).toBe(404);
    for (const id of [randomUUID(), 'x', '..%2f..'])
      expect((await site.app.request(`https://docops.example.com/evaluations/${id}`)).status).toBe(404);
  });

  it('is for people whom GitHub lets read the repository', async () => {
    const access = [{ repositoryId: REPOSITORY.id, role: 'read' as const, isPublic: false }];
    const site = runSite({ signIn: true, access: access, reports: [reportOf('invoices')] });
    const path = `/evaluations/${site.state.evaluation.id}`;
    expect((await site.app.request(`https://docops.example.com${path}`)).status).not.toBe(200);
    const browser = await site.browser();
    expect((await browser.ask(path)).status).toBe(200);
    expect((await browser.ask(`/evaluations/${randomUUID()}`)).status).toBe(404);
  });
});

describe('the documents of a run', () => {
  const ids = (page: string): string[] =>
    [
      ...page
        .split('id="labels"')[0]!
        .matchAll(/<th scope="row" class="name"><a href="[^"]*\/document\?[^"]*">([^<]*)<\/a>/g),
    ].map(([, id]) => id!);

  it('are filtered and turned by plain addresses', async () => {
    const site = runSite({ reports: [reportOf('invoices', hugeReport(300, 40))] });
    expect(ids(await site.text())).toHaveLength(25);
    expect(ids(await site.text('', { size: '50', page: '2' }))).toHaveLength(50);
    const [first] = ids(await site.text('', { page: '2' }));
    expect(ids(await site.text())).not.toContain(first);
    const template = ids(await site.text('', { template: 'vendor-3', change: 'became-wrong' }));
    expect(template).toEqual(['document-000003']);
    expect(ids(await site.text('', { q: 'document-000004', field: 'section_1.field_1' }))).toEqual([
      'document-000004',
    ]);
    expect(await site.text('', { q: 'nothing like it' })).toContain('No document is like that.');
  });

  it.each([{ page: '-1' }, { page: '999999' }, { size: '7' }, { change: 'x' }, { q: 'x'.repeat(2_000) }])(
    'take %j as if it were not there, or as the last page',
    async (query) => {
      const site = runSite({ reports: [reportOf('invoices', hugeReport(60, 3))] });
      const page = await site.ask('', query);
      expect(page.status).toBe(200);
      expect(ids(await page.text()).length).toBeGreaterThan(0);
    },
  );

  it('come alone when the script asks for them, with the address to show', async () => {
    const site = runSite({ reports: [reportOf('invoices')] });
    const response = await site.ask(
      '',
      { change: 'became-wrong', field: '' },
      { 'hx-request': 'true', 'hx-target': 'documents' },
    );
    const part = await response.text();
    expect(part).toMatch(/^<section id="documents"/);
    expect(part).not.toContain('<html');
    const pushed = response.headers.get('hx-push-url')!;
    expect(pushed).toContain('change=became-wrong');
    expect(pushed).not.toContain('field=');
  });

  it('are reached from each group of those that became wrong', async () => {
    const site = runSite({ reports: [reportOf('invoices')] });
    const page = await site.text();
    const together = /<section id="together"[\s\S]*?<\/section>/.exec(page)![0];
    const [, to] = /<a href="([^"#]*)#documents">/.exec(together)!;
    const [, number] = /(\d+) of \d+<\/strong>/.exec(together)!;
    const filtered = await site.app.request(`https://docops.example.com${to!.replaceAll('&amp;', '&')}`);
    expect(ids(await filtered.text())).toHaveLength(Number(number));
  });
});

describe('a report as a file', () => {
  it.each([
    ['json', 'application/json; charset=utf-8', '"schema": "docops.report/1"'],
    ['csv', 'text/csv; charset=utf-8; header=present', '"pipeline","document"'],
    ['html', 'text/html; charset=utf-8', '<!doctype html>'],
  ])('%s is saved and not opened', async (kind, type, beginning) => {
    const site = runSite({ reports: [reportOf('inv/../"oices')] });
    const response = await site.ask(`/report.${kind}`);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="docops-inv-oices.${kind}"`,
    );
    expect(response.headers.get('content-security-policy')).toContain('sandbox');
    expect(await response.text()).toContain(beginning);
  });

  it('holds all pipelines where none is named, but for the page', async () => {
    const site = runSite({
      reports: [reportOf('receipts', passReport()), reportOf('invoices', blockReport())],
    });
    expect(JSON.parse(await site.text('/report.json'))).toMatchObject({ schema: 'docops.reports/1' });
    expect(JSON.parse(await site.text('.json'))).toMatchObject({ schema: 'docops.reports/1' });
    expect(await site.text('/report.csv')).toContain('"invoices"');
    expect((await site.ask('/report.html')).status).toBe(404);
    expect(await site.text('/report.html', { pipeline: 'receipts' })).toContain('PASSED');
  });
});
