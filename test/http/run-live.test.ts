import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Evaluation } from '../../src/core/app-words.js';
import { PROGRESS_STREAMS_PER_RUN } from '../../src/core/limits.js';
import { createSite } from '../../src/http/site/index.js';
import { startWebServer } from '../../src/http/server.js';
import { createLive, type Watcher } from '../../src/http/pages/run/live.js';
import { LIVE_TIMES, type LiveTimes } from '../../src/http/pages/run/events.js';
import { runPages } from '../../src/http/pages/run/index.js';
import { createGatekeeper } from '../../src/http/site/gate.js';
import type { Gatekeeper, Visitor } from '../../src/http/site/words.js';
import { createLog } from '../../src/log.js';
import { evaluation, REPOSITORY, reportOf, runSite, type RunSite } from './run-support.js';
import { URL_OF_SITE } from './site-support.js';

const log = createLog({ level: 'silent', format: 'json' });

function measuring(done: number): Evaluation {
  return evaluation({
    state: 'running',
    progress: { stage: 'measuring head of invoices', done, total: 71, estimatedEndMs: 3_600_000 },
  });
}

/** Events of a stream as they come. */
async function* eventsOf(response: Response): AsyncGenerator<{ event: string; data: string }> {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const of = (name: string) =>
        lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
      yield { event: of('event').join(), data: of('data').join('\n') };
    }
  }
}

describe('the page of a run that is not done', () => {
  it('says how far it is, what was done when, and what it waits for', async () => {
    const site = runSite({
      evaluation: measuring(12),
      stages: [{ at: new Date(0), text: 'the mirror is there' }],
    });
    const page = await site.text();
    expect(page).toContain('It is measured now: measuring head of invoices, 12 of 71 documents.');
    expect(page).toContain('<progress max="71" value="12"');
    expect(page).toContain('1970-01-01 01:00:00 UTC');
    expect(page).toContain('the mirror is there');
    const waits = runSite({
      evaluation: evaluation({ state: 'planned' }),
      waiting: { ahead: 3, running: 2 },
    });
    expect(await waits.text()).toContain('3 runs were planned before it; 2 are measured now.');
  });

  it('follows by events, and without scripts by looking again', async () => {
    const page = await runSite({ evaluation: measuring(1) }).text();
    expect(page).toMatch(
      /hx-ext="sse" sse-connect="\/evaluations\/[^"]*\/events\?key=[^"]*" sse-close="done"/,
    );
    expect(page).toMatch(/<noscript><meta http-equiv="refresh" content="5"/);
    expect(page).toMatch(/src="\/assets\/[^"]*\/htmx-sse.js"/);
    expect(await runSite({ reports: [reportOf('invoices')] }).text()).not.toContain('http-equiv="refresh"');
  });

  it.each([
    [
      { decision: { kind: 'hold', reason: 'ada has no write access.', policy: 'hold' } },
      [`/approve-eval ${'a'.repeat(40)}`, 'ada has no write access.'],
    ],
    [
      {
        failure: { class: 'over-budget', message: 'it would cost about $4.50.', mend: null },
      },
      [`/approve-cost ${'a'.repeat(40)}`, 'it would cost about $4.50.'],
    ],
    [
      { failure: { class: 'infrastructure', message: 'The disk is full.', mend: 'Empty it.' } },
      ['The disk is full. What to do: Empty it.'],
    ],
    [{ decision: { kind: 'draft' } }, ['It waits until the pull request is ready for review.']],
  ] as const)('says of %j what can be done', async (more, texts) => {
    const page = await runSite({ evaluation: evaluation(more) }).text();
    for (const text of texts) expect(page).toContain(text);
    expect(page).not.toContain('sse-connect');
  });

  it('keeps from outsiders what may name documents', async () => {
    const page = await runSite({
      evaluation: evaluation({
        trust: { trusted: false, reason: 'x', aggregatesOnly: true },
        failure: { class: 'configuration', message: 'inv-0042 has no label', mend: 'label inv-0042' },
      }),
    }).text();
    expect(page).toContain('What exactly is wrong is not shown');
    expect(page).not.toContain('inv-0042');
  });

  it.each(['infrastructure', 'over-budget'] as const)(
    'says of %s to outsiders what the check says, and no more',
    async (kind) => {
      const page = await runSite({
        evaluation: evaluation({
          trust: { trusted: false, reason: 'x', aggregatesOnly: true },
          failure: { class: kind, message: 'inv-0042 of 3 GB', mend: 'take inv-0042 away' },
        }),
      }).text();
      expect(page).not.toContain('inv-0042');
    },
  );
});

describe('the events of a run', () => {
  it('are its progress, then its end', async () => {
    const site = runSite({ evaluation: measuring(12) });
    const response = await site.ask('/events');
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('cache-control')).toContain('no-store');
    const events = eventsOf(response);
    const first = await events.next();
    expect(first.value).toMatchObject({ event: 'progress' });
    expect((first.value as { data: string }).data).toContain('12 of 71');
    site.state.evaluation = { ...site.state.evaluation, state: 'judged', progress: null };
    expect((await events.next()).value).toEqual({ event: 'done', data: 'done' });
    expect((await events.next()).done).toBe(true);
  });

  it('are none, and not asked for again, where there is nothing to follow', async () => {
    expect((await runSite({}).ask('/events')).status).toBe(204);
    expect((await runSite({ evaluation: measuring(1) }).ask('/events', { key: 'x' })).status).toBe(404);
  });

  it('end with the page being loaded again', async () => {
    expect((await runSite({}).ask('/ended')).headers.get('hx-refresh')).toBe('true');
  });

  it('do not keep a server from stopping', async () => {
    const site = runSite({ evaluation: measuring(1) });
    const server = await startWebServer({
      host: '127.0.0.1',
      port: 0,
      handlers: [createSite(site.ports)],
      log,
    });
    onTestFinished(() => server.stop(0));
    const { id } = site.state.evaluation;
    const closed = new Promise<void>((resolve, reject) => {
      request(`${server.url}/evaluations/${id}/events?key=${site.ports.links.keyOf(id)}`, (response) => {
        response.once('data', () => {
          response.on('error', () => undefined);
          response.once('close', resolve);
          server.stop(600_000).catch(reject);
        });
      })
        .on('error', reject)
        .end();
    });
    await closed;
    await server.stop(600_000);
  });
});

describe('who may see the events of a run', () => {
  it('is asked again while they come, and the stream ends when the answer is no', async () => {
    const site = runSite({ evaluation: measuring(1) });
    let may = true;
    const visitor: Visitor = { person: null, role: 'read', seesDocuments: false, query: '' };
    const asked: string[] = [];
    const gate = {
      visitor: (_c: unknown, { name }: { name: string }) => {
        asked.push(name);
        return Promise.resolve(may ? visitor : new Response(null, { status: 404 }));
      },
    } as unknown as Gatekeeper;
    const app = runPages(
      { ...site.ports, gate },
      { pollMs: 5, heartbeatMs: 5, recheckMs: 5, unreadMs: 60_000 },
    );
    const response = await app.request(`/evaluations/${site.state.evaluation.id}/events`);
    const events = eventsOf(response);
    expect((await events.next()).value).toMatchObject({ event: 'progress' });
    // A comment keeps the line open.
    expect((await events.next()).value).toEqual({ event: '', data: '' });
    may = false;
    let last = await events.next();
    while (last.done !== true) last = await events.next();
    expect(asked.length).toBeGreaterThan(1);
  });
});

/** The run's pages alone, with times of a test. */
function pagesOf(site: RunSite, times: Partial<LiveTimes>) {
  const app = runPages({ ...site.ports, gate: createGatekeeper(site.ports) }, { ...LIVE_TIMES, ...times });
  const { id } = site.state.evaluation;
  const key = site.ports.links.keyOf(id);
  return (init: RequestInit = {}) => app.request(`${URL_OF_SITE}/evaluations/${id}/events?key=${key}`, init);
}

describe('a session that ends while events come', () => {
  it('ends them, also where GitHub still takes its token', async () => {
    const site = runSite({
      evaluation: measuring(1),
      signIn: true,
      access: [{ repositoryId: REPOSITORY.id, role: 'read', isPublic: false }],
    });
    const browser = await site.browser();
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    const ask = pagesOf(site, { recheckMs: 5 });
    const events = eventsOf(await ask({ headers: { cookie } }));
    expect((await events.next()).value).toMatchObject({ event: 'progress' });
    site.sessions.rows.clear();
    expect((await events.next()).done).toBe(true);
    expect(site.github.tokens.size).toBe(1);
  });
});

describe('a stream that nobody reads', () => {
  it('is not begun for a HEAD', async () => {
    const ask = pagesOf(runSite({ evaluation: measuring(1) }), {});
    for (let asked = 0; asked < PROGRESS_STREAMS_PER_RUN; asked += 1) {
      const { status, body } = await ask({ method: 'HEAD' });
      expect({ status, body }).toEqual({ status: 200, body: null });
    }
    const response = await ask();
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  it('keeps its place for some minutes and not for ever', async () => {
    const ask = pagesOf(runSite({ evaluation: measuring(1) }), { heartbeatMs: 5, unreadMs: 20 });
    for (let asked = 0; asked < PROGRESS_STREAMS_PER_RUN; asked += 1) expect((await ask()).status).toBe(200);
    await expect.poll(async () => (await ask()).status).toBe(200);
  });
});

describe('watching runs', () => {
  function counted() {
    const state = { evaluation: measuring(0), looks: 0 };
    const live = createLive(
      {
        store: {
          evaluation: () => {
            state.looks += 1;
            return Promise.resolve(state.evaluation);
          },
        },
        insight: {
          stages: () => Promise.resolve([]),
          waitingFor: () => Promise.reject(new Error('running')),
        },
        log,
      },
      1,
    );
    return { state, live };
  }
  const watcher = (changed: (html: string) => void): Watcher => ({ changed, done: () => undefined });

  it('looks once for all who watch, and sends only what changed', async () => {
    const { state, live } = counted();
    const seen: string[][] = [[], [], []];
    const leave: ((() => void) | undefined)[] = [];
    const all = seen.map(
      (list) =>
        new Promise<void>((resolve) => {
          leave.push(
            live.watch(
              'run',
              watcher((html) => {
                list.push(html);
                if (list.length === 3) resolve();
                else if (seen.every((other) => other.length === list.length))
                  state.evaluation = measuring(list.length);
              }),
            ),
          );
        }),
    );
    await Promise.all(all);
    for (const list of seen)
      expect(list.map((html) => /value="(\d)"/.exec(html)?.[1])).toEqual(['0', '1', '2']);
    for (const end of leave) end?.();
    const after = state.looks;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(state.looks).toBeLessThanOrEqual(after + 1);
  });

  it('is for so many of one run at once, and again when one has left', () => {
    const { live } = counted();
    const ends = Array.from({ length: PROGRESS_STREAMS_PER_RUN }, () =>
      live.watch(
        'run',
        watcher(() => undefined),
      ),
    );
    expect(ends).not.toContain(undefined);
    expect(
      live.watch(
        'run',
        watcher(() => undefined),
      ),
    ).toBeUndefined();
    const another = live.watch(
      'another',
      watcher(() => undefined),
    );
    expect(another).toBeDefined();
    ends[0]?.();
    ends[0]?.();
    expect(
      live.watch(
        'run',
        watcher(() => undefined),
      ),
    ).toBeDefined();
    expect(
      live.watch(
        'run',
        watcher(() => undefined),
      ),
    ).toBeUndefined();
  });
});
