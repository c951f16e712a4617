/** The page "Try a configuration" and that of a simulation, over literal ports. */
import { describe, expect, it } from 'vitest';
import type { Hono } from 'hono';
import { CHECKED_CHARACTERS_PER_MINUTE, CONFIG_FILE_BYTES } from '../../src/core/limits.js';
import { configurationPages } from '../../src/http/pages/configuration/index.js';
import type { Site, Visitor } from '../../src/http/site/words.js';
import type { ConfigurationFile } from '../../src/ports/configuration-files.js';
import { MirrorError } from '../../src/ports/mirror.js';
import type { Job } from '../../src/ports/queue.js';
import type { SimulatedRun, Simulation } from '../../src/ports/simulations.js';
import { CONFIG } from '../support/project.js';
import { get, NOW, REPOSITORY, run, runId, siteWith } from './insight.js';

const PAGE = '/repositories/acme/invoices/configuration';
const SIMULATION = '0d5c7e0a-2f57-4b0e-8a0e-0b8f4f0c9a77';
const HOSTILE = '<img src=x onerror=alert(1)>\u202e\u001b[31m';

interface Answers {
  readonly role?: Visitor['role'];
  readonly files?: Readonly<Record<string, string>>;
  readonly broken?: boolean;
  readonly open?: number;
  readonly simulation?: Partial<Simulation>;
}

function simulation(more: Partial<Simulation> = {}): Simulation {
  return {
    ...{ id: SIMULATION, repositoryId: REPOSITORY.id, baseRef: 'main', requestedBy: 'ada', lastRuns: 20 },
    ...{ configuration: CONFIG, state: 'done', results: [], problem: null, createdAt: NOW, finishedAt: NOW },
    ...more,
  };
}

function result(
  n: number,
  was: boolean,
  would: boolean | null,
  more: Partial<SimulatedRun> = {},
): SimulatedRun {
  const told = (blocked: boolean) => ({ verdict: blocked ? ('block' as const) : ('pass' as const), blocked });
  return {
    ...{ evaluationId: runId(n), pipeline: 'invoices', was: told(was) },
    would: would === null ? null : { ...told(would), base: 0.97, head: 0.93, reasons: ['vendor fell.'] },
    note: would === null ? 'its commits are gone' : null,
    ...more,
  };
}

function pages(answers: Answers = {}): {
  app: Hono;
  queued: Job[];
  asked: Parameters<Site['simulations']['requestSimulation']>[0][];
} {
  const queued: Job[] = [];
  const asked: Parameters<Site['simulations']['requestSimulation']>[0][] = [];
  const visitor: Visitor = {
    ...{ person: { id: 5, login: 'ada' }, role: answers.role ?? 'write', seesDocuments: true, query: '' },
  };
  const files = answers.files ?? { main: CONFIG };
  const soon = <T>(value: T): Promise<T> => Promise.resolve(value);
  const quiet = (): void => undefined;
  const site = siteWith({
    insight: {
      pipelines: () =>
        soon([
          { pipeline: 'invoices', baseRef: 'main' },
          { pipeline: 'invoices', baseRef: 'release' },
        ]),
      run: (id) => soon(id === runId(1) ? run(1, { title: HOSTILE }) : undefined),
    },
    gate: {
      visitor: () => soon(visitor),
      visitorWith: (c) => soon(visitor.role === 'read' ? c.text('nothing here', 404) : visitor),
    },
  });
  const more: Partial<Site> = {
    queue: { ...site.queue, add: (job) => soon(void queued.push(job)) },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    configurationFiles: {
      current(_, of): Promise<ConfigurationFile | undefined> {
        if (answers.broken === true) return Promise.reject(new MirrorError('git is away', true));
        const text = files['branch' in of ? of.branch : `#${of.pullNumber}`];
        return soon(text === undefined ? undefined : { path: '.docops.yml', text, commit: 'c'.repeat(40) });
      },
    },
    simulations: {
      openSimulations: () => soon(answers.open ?? 0),
      requestSimulation(of: (typeof asked)[number]) {
        asked.push(of);
        return soon(simulation({ ...of, state: 'waiting' }));
      },
      simulation: (id: string) => soon(id === SIMULATION ? simulation(answers.simulation) : undefined),
    } as unknown as Site['simulations'],
  };
  return { app: configurationPages({ ...site, ...more }), queued, asked };
}

async function post(
  app: Hono,
  what: 'check' | 'simulate',
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await app.request(`${PAGE}/${what}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers,
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}
it('of one person, so much is checked a minute', async () => {
  const { app } = pages();
  const large = `a: "${'x'.repeat(CONFIG_FILE_BYTES - 10)}"`;
  const most = Math.floor(CHECKED_CHARACTERS_PER_MINUTE / (2 * large.length));
  const ask = async (what: 'check' | 'simulate'): Promise<number> =>
    (await post(app, what, { configuration: large, current: large, branch: 'main' })).status;
  for (let asked = 0; asked < most; asked += 1) expect(await ask('check')).toBe(200);
  expect(await ask('check')).toBe(429);
  expect(await ask('simulate')).toBe(429);
  expect((await app.request(PAGE)).status).toBe(429);
});

/** Markup, a turn of the reading direction, an escape code. */
const HARM = /<img|\u202e|\p{Control}(?<!\n)/u;
const HTMX = { 'hx-request': 'true' };

describe('the page "Try a configuration"', () => {
  it('shows the file of the branch, what it means, and who may try it on runs', async () => {
    const { status, text } = await get(pages().app, PAGE);
    expect(status).toBe(200);
    expect(text).toContain('run: awk -f extract/main.awk &quot;$DOCOPS_DOCUMENT&quot;');
    expect(text).toContain('Valid');
    expect(text).toContain('it means the same as the file that is in force');
    expect(text).toContain('grand_total (money)');
    expect(text).toContain(`formaction="${PAGE}/simulate"`);
    const reader = (await get(pages({ role: 'read' }).app, PAGE)).text;
    expect(reader).not.toContain('/simulate"');
    expect(reader).toContain('Who may write');
  });

  it('shows the file of another branch, and that of a pull request with what it changes', async () => {
    const strict = `${CONFIG}    gate:\n      min: 0.9\n`;
    const { app } = pages({ files: { main: CONFIG, release: `# old\n${CONFIG}`, '#7': strict } });
    expect((await get(app, `${PAGE}?branch=release`)).text).toContain('# old');
    const pull = (await get(app, `${PAGE}?pull=7`)).text;
    expect(pull).toContain('of pull request #7');
    expect(pull).toContain('gets a floor of 0.90');
  });

  it('says that there is no file, or that the repository cannot be read, and still takes one', async () => {
    const none = await get(pages({ files: {} }).app, PAGE);
    expect(none.text).toContain('has no .docops.yml');
    const broken = await get(pages({ broken: true }).app, PAGE);
    expect(broken.status).toBe(200);
    expect(broken.text).toContain('cannot be read right now');
    expect(broken.text).toContain('<textarea');
    expect(broken.text).not.toContain('git is away');
  });

  it.each(['../../x', 'a..b', '-x', 'x~1', 'a b', 'x'.repeat(300), 'a\u0000b', 'a\nb', HOSTILE])(
    'takes %j for no branch and shows the first one',
    async (branch) => {
      const { status, text } = await get(
        pages().app,
        `${PAGE}?branch=${encodeURIComponent(branch)}&pull=999999999999`,
      );
      expect(status).toBe(200);
      expect(text).toContain('name="branch" value="main"');
    },
  );
});

describe('checking as it is typed', () => {
  it('answers with the result alone, each mistake with its line, column, code, mend and place', async () => {
    const mistaken = CONFIG.replace('grand_total: money', 'grand_total: currency');
    const { status, text } = await post(pages().app, 'check', { configuration: mistaken }, HTMX);
    expect(status).toBe(200);
    expect(text).not.toContain('<html');
    expect(text).toContain('Not valid: 1 mistake');
    expect(text).toMatch(/line 12, column \d+/);
    expect(text).toContain('unknown_type');
    expect(text).toContain('Did you mean &quot;money&quot;?');
    expect(text).toMatch(/12 \| {7}grand_total: currency\n +\| +\^/);
  });

  it('answers without scripts with the whole page, the text as it was, and places that hold with CR LF', async () => {
    const mistaken = CONFIG.replace('paths', 'path').replaceAll('\n', '\r\n');
    const { status, text } = await post(pages().app, 'check', {
      ...{ configuration: mistaken, current: CONFIG, branch: 'release' },
    });
    expect(status).toBe(200);
    expect(text).toContain('<html');
    expect(text).toContain('Did you mean');
    expect(text).toContain('name="branch" value="release"');
    expect(text).toContain('    path: [&quot;extract/**&quot;]');
  });

  it('says what a valid file changes against the one in force, warnings beside it', async () => {
    const { text } = await post(
      pages().app,
      'check',
      { configuration: CONFIG.replace('      vendor: text\n', ''), current: CONFIG },
      HTMX,
    );
    expect(text).toContain('Valid');
    expect(text).toContain('The field &quot;vendor&quot; is no longer judged.');
  });

  it.each([
    [
      'a bomb of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 12 }, (_, i) => `b${i}: &b${i} [${`*${i === 0 ? 'a' : `b${i - 1}`},`.repeat(9)}]`).join('\n')}\n`,
    ],
    ['nesting without end', '['.repeat(20_000)],
    ['more than is read', `# ${'x'.repeat(300_000)}\n`],
    ['bytes that are no text', '\u0000\u0001\ufffd'.repeat(1_000)],
    ['markup and controls', `version: 1\n${HOSTILE}: ${HOSTILE}\n`],
    ['nothing', ''],
  ])('answers %s with words', async (_, configuration) => {
    const { status, text } = await post(pages().app, 'check', { configuration }, HTMX);
    expect(status).toBe(200);
    expect(text).toMatch(/Not valid|Nothing stands/);
    expect(text).not.toMatch(HARM);
    expect(text.length).toBeLessThan(200_000);
  });

  it('is no form of files', async () => {
    const body = new FormData();
    body.set('configuration', new Blob(['version: 1']), 'x.yml');
    const response = await pages().app.request(`${PAGE}/check`, { method: 'POST', body });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('Nothing stands');
  });
});

describe('trying it on past runs', () => {
  const fields = { configuration: CONFIG, branch: 'main', last_runs: '7' };

  it('asks for a simulation, queues it and leads to its page', async () => {
    const { app, queued, asked } = pages();
    const { status, headers } = await post(app, 'simulate', fields);
    expect(status).toBe(303);
    expect(headers.get('location')).toBe(`/repositories/acme/invoices/simulations/${SIMULATION}`);
    expect(asked).toEqual([
      { repositoryId: 21, baseRef: 'main', requestedBy: 'ada', configuration: CONFIG, lastRuns: 7 },
    ]);
    expect(queued).toEqual([{ kind: 'simulate', simulationId: SIMULATION }]);
    const scripted = await post(pages().app, 'simulate', fields, HTMX);
    expect(scripted.headers.get('hx-redirect')).toBe(headers.get('location'));
  });

  it.each([
    ['0', 1],
    ['51', 50],
    ['-3', 20],
    ['many', 20],
  ])('takes %s runs for %i', async (last_runs, lastRuns) => {
    const { app, asked } = pages();
    await post(app, 'simulate', { ...fields, last_runs });
    expect(asked[0]?.lastRuns).toBe(lastRuns);
  });

  it('is for those who may write', async () => {
    const { app, asked } = pages({ role: 'read' });
    expect((await post(app, 'simulate', fields)).status).toBe(404);
    expect(asked).toEqual([]);
  });

  it('waits while two are under way, and keeps what was typed', async () => {
    const { app, asked, queued } = pages({ open: 2 });
    const { status, text, headers } = await post(app, 'simulate', {
      ...fields,
      configuration: `# mine\n${CONFIG}`,
    });
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBe('30');
    expect(text).toContain('# mine');
    expect([asked, queued]).toEqual([[], []]);
  });

  it('is not begun with a file that is not valid or a branch that is none', async () => {
    const { app, asked } = pages();
    const invalid = await post(app, 'simulate', { ...fields, configuration: 'version: 1\n' });
    expect(invalid.status).toBe(422);
    expect(invalid.text).toContain('not valid');
    expect((await post(app, 'simulate', { ...fields, branch: 'a..b' })).status).toBe(400);
    expect(asked).toEqual([]);
  });
});

describe('the page of a simulation', () => {
  const address = `/repositories/acme/invoices/simulations/${SIMULATION}`;

  it('says in one line what it comes to, and of each run what it was, would be, and why', async () => {
    const results = [
      result(1, false, true),
      result(2, true, true),
      result(3, true, false),
      result(4, false, null),
    ];
    const { status, text } = await get(pages({ simulation: { results } }).app, address);
    expect(status).toBe(200);
    expect(text).toContain(
      'It would have blocked 2 of 3 runs, 1 of which passed, and let through 1 that was blocked. Of 1 more run it cannot be said without running something.',
    );
    for (const n of [1, 2, 3, 4]) expect(text).toContain(`href="/evaluations/${runId(n)}"`);
    expect(text).toContain('97.0 % → 93.0 %');
    expect(text).toContain('vendor fell.');
    expect(text).toContain('It cannot be said: its commits are gone.');
    expect(text).not.toContain('hx-trigger="every');
    expect(text).not.toContain('http-equiv="refresh"');
    expect(text).not.toMatch(HARM);
  });

  it('asks for itself again until it has ended, and loads itself again without scripts', async () => {
    const { app } = pages({
      simulation: { state: 'running', results: [result(1, false, true)], finishedAt: null },
    });
    const { text } = await get(app, address);
    expect(text).toContain('hx-trigger="every 2s"');
    expect(text).toMatch(/<noscript><meta http-equiv="refresh"/);
    expect(text).toContain('Judged 1 run so far');
    const part = (await get(app, address, { 'hx-request': 'true', 'hx-target': 'simulation' })).text;
    expect(part).toMatch(/^<div id="simulation"/);
    expect(part).toContain('every 2s');
    const waiting = await get(pages({ simulation: { state: 'waiting', finishedAt: null } }).app, address);
    expect(waiting.text).toContain('waits for a worker');
  });

  it('says why it failed, and of which pipelines nothing can be said', async () => {
    const failed = await get(
      pages({ simulation: { state: 'failed', problem: `Gone: ${HOSTILE}` } }).app,
      address,
    );
    expect(failed.text).toContain('It could not be tried');
    expect(failed.text).not.toMatch(HARM);
    const configuration = `${CONFIG}  receipts:\n    paths: ["receipts/**"]\n    dataset: eval/receipts\n    extract: { run: ./receipts }\n    fields: { vendor: text }\n`;
    const added = await get(
      pages({ simulation: { configuration, results: [result(1, false, false)] } }).app,
      address,
    );
    expect(added.text).toContain('None of these runs measured the pipeline receipts');
  });

  it('is of its repository alone', async () => {
    expect((await get(pages({ simulation: { repositoryId: 22 } }).app, address)).status).toBe(404);
    expect((await get(pages().app, address.replace('0d5c', 'ffff'))).status).toBe(404);
    expect((await get(pages().app, address.replace('acme', 'other'))).status).toBe(404);
  });
});
