import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { RepositoryRef } from '../../../core/app-words.js';
import { CONFIG_PATHS, readConfig } from '../../../core/config/index.js';
import { CHECKED_CHARACTERS_PER_MINUTE, FETCHED_FILE_CHARACTERS } from '../../../core/limits.js';
import { name } from '../../../core/report/words.js';
import type { ConfigurationFile } from '../../../ports/configuration-files.js';
import { MirrorError } from '../../../ports/mirror.js';
import { OPEN_SIMULATIONS, startSimulation } from '../../simulation.js';
import { sendPage, sendPart } from '../../site/layout.js';
import { repositoryAsked } from '../../site/repository.js';
import { simulationUrl } from '../../site/urls.js';
import type { Site, Visitor } from '../../site/words.js';
import { CheckResult } from './check.js';
import { branchOf, pullNumberOf, readForm, RUNS_DEFAULT, type Form, type Source } from './form.js';
import { ConfigurationPage, type ConfigurationView } from './page.js';
import { SIMULATION_ID, SimulationPage, SimulationPart } from './simulation.js';

type Notice = ConfigurationView['notice'];

/** A configuration tried before it is committed: checked as it is typed, and judged by on runs of the past. */
export function configurationPages(site: Site): Hono {
  const app = new Hono();
  const pace = new RateLimiterMemory({ points: CHECKED_CHARACTERS_PER_MINUTE, duration: 60 });
  /** The files are checked where everybody else is answered. */
  const within = async ({ person }: Visitor, characters: number): Promise<void> => {
    await pace.consume(String(person?.id), characters).catch(() => {
      throw new HTTPException(429);
    });
  };
  const sizeOf = ({ text, current }: Form): number => text.length + (current?.length ?? 0);

  app.get('/repositories/:owner/:name/configuration', async (c) => {
    const repository = await repositoryAsked(site, c);
    if (repository === undefined) return site.gate.nothingHere(c);
    const visitor = await site.gate.visitor(c, repository);
    if (visitor instanceof Response) return visitor;
    await within(visitor, FETCHED_FILE_CHARACTERS);
    const branches = await branchesOf(site, repository);
    const pullNumber = pullNumberOf(c.req.query('pull'));
    const source = { branch: branchOf(c.req.query('branch')) ?? branches[0] ?? 'main', pullNumber };
    const current = await fileOf(site, repository, { branch: source.branch });
    const shown = pullNumber === null ? current : await fileOf(site, repository, { pullNumber });
    const file = shown.file ?? current.file;
    return sendPage(
      c,
      <ConfigurationPage
        site={site}
        view={{
          ...{ repository, visitor, source, branches },
          checked: {
            text: shown.file?.text ?? '',
            path: file?.path ?? CONFIG_PATHS[0],
            current: current.file?.text ?? null,
          },
          lastRuns: RUNS_DEFAULT,
          notice: shown.problem ?? absence(shown.file, source),
        }}
      />,
    );
  });

  app.post('/repositories/:owner/:name/configuration/check', async (c) => {
    const repository = await repositoryAsked(site, c);
    if (repository === undefined) return site.gate.nothingHere(c);
    const visitor = await site.gate.visitor(c, repository);
    if (visitor instanceof Response) return visitor;
    const form = readForm(await c.req.parseBody());
    await within(visitor, sizeOf(form));
    if (c.req.header('hx-request') === 'true') return sendPart(c, <CheckResult of={form} />);
    return sendPage(c, await formAgain(site, repository, visitor, form, null));
  });

  app.post('/repositories/:owner/:name/configuration/simulate', async (c) => {
    const repository = await repositoryAsked(site, c);
    if (repository === undefined) return site.gate.nothingHere(c);
    const visitor = await site.gate.visitorWith(c, repository, 'write');
    if (visitor instanceof Response) return visitor;
    const form = readForm(await c.req.parseBody());
    await within(visitor, sizeOf(form));
    const again = (text: string): Promise<unknown> =>
      formAgain(site, repository, visitor, form, { tone: 'bad', text });
    if (form.branch === null)
      return sendPage(c, await again('Say which branch: the one that is given is no branch.'), 400);
    if (readConfig(form.text, form.path).config === undefined)
      return sendPage(
        c,
        await again('It was not tried, because it is not valid. The mistakes stand below.'),
        422,
      );
    const simulation = await startSimulation(site, {
      repositoryId: repository.id,
      baseRef: form.branch,
      requestedBy: visitor.person?.login ?? 'somebody with a link',
      configuration: form.text,
      lastRuns: form.lastRuns,
    });
    if (simulation === undefined) {
      c.header('retry-after', '30');
      return sendPage(
        c,
        await again(
          `${OPEN_SIMULATIONS} configurations of this repository are being tried right now. Wait until one of them is done.`,
        ),
        429,
      );
    }
    const to = simulationUrl(repository, simulation.id);
    return c.req.header('hx-request') === 'true'
      ? c.body(null, 200, { 'hx-redirect': to })
      : c.redirect(to, 303);
  });

  app.get('/repositories/:owner/:name/simulations/:id', async (c) => {
    const repository = await repositoryAsked(site, c);
    if (repository === undefined) return site.gate.nothingHere(c);
    const visitor = await site.gate.visitor(c, repository);
    if (visitor instanceof Response) return visitor;
    const simulation = await site.simulations.simulation(c.req.param('id'));
    if (simulation?.repositoryId !== repository.id) return site.gate.nothingHere(c);
    const ids = [...new Set(simulation.results.map(({ evaluationId }) => evaluationId))];
    const known = await Promise.all(ids.map((id) => site.insight.run(id)));
    const runs = new Map(known.flatMap((run) => (run === undefined ? [] : [[run.id, run] as const])));
    const view = { repository, visitor, simulation, runs, nowMs: await site.store.now() };
    return c.req.header('hx-target') === SIMULATION_ID
      ? sendPart(c, <SimulationPart view={view} />)
      : sendPage(c, <SimulationPage site={site} view={view} />);
  });

  return app;
}

async function formAgain(
  site: Site,
  repository: RepositoryRef,
  visitor: Visitor,
  form: Form,
  notice: Notice,
): Promise<unknown> {
  const branches = await branchesOf(site, repository);
  const source = { branch: form.branch ?? branches[0] ?? 'main', pullNumber: null };
  const view = {
    ...{ repository, visitor, source, branches, notice },
    checked: form,
    lastRuns: form.lastRuns,
  };
  return <ConfigurationPage site={site} view={view} />;
}

/** The newest seen first. */
async function branchesOf({ insight }: Site, { id }: RepositoryRef): Promise<string[]> {
  return [...new Set((await insight.pipelines(id)).map(({ baseRef }) => baseRef))];
}

async function fileOf(
  { configurationFiles, log }: Site,
  repository: RepositoryRef,
  of: { readonly branch: string } | { readonly pullNumber: number },
): Promise<{ readonly file: ConfigurationFile | undefined; readonly problem: Notice }> {
  try {
    return { file: await configurationFiles.current(repository, of), problem: null };
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    log.warn({ repository: repository.id, error: error.message }, 'its configuration cannot be read');
    const text = 'The repository cannot be read right now, so its file is not shown. Paste one to check it.';
    return { file: undefined, problem: { tone: 'bad', text } };
  }
}

function absence(file: ConfigurationFile | undefined, { branch, pullNumber }: Source): Notice {
  if (file !== undefined) return null;
  const where = pullNumber === null ? `The branch ${name(branch)}` : `Pull request #${pullNumber}`;
  return {
    tone: 'plain',
    text: `${where} has no ${CONFIG_PATHS.join(' and no ')}, or is not there. Paste a file to check it; docops init writes a first one.`,
  };
}
