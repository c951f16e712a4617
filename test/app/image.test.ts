/** Image and compose file, read as texts: there is no Docker where these tests run. What they name has to exist. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createHealthHandler } from '../../src/http/health.js';
import { startWebServer } from '../../src/http/server.js';
import { createLog } from '../../src/log.js';
import { VARIABLES } from '../../src/settings/variables.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Instructions of a Dockerfile, continued lines joined, by stage. */
const stages = read('Dockerfile')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'))
  .reduce<string[][]>((found, line) => {
    if (line.startsWith('FROM ')) found.push([]);
    found.at(-1)!.push(line);
    return found;
  }, []);
const last = stages.at(-1)!;
const main = read('src/main.ts');

interface Service {
  readonly image: string;
  readonly command?: string[];
  readonly user?: string;
  readonly env_file?: string;
  readonly environment: Record<string, string>;
  readonly healthcheck: { readonly test?: string[]; readonly disable?: boolean };
  readonly depends_on?: Record<string, { condition: string }>;
  readonly volumes: string[];
  readonly read_only?: boolean;
  readonly cap_drop?: string[];
  readonly security_opt: string[];
}
const compose = parse(read('deploy/compose.yml')) as {
  services: Record<'app' | 'worker' | 'postgres', Service>;
  volumes: Record<string, null>;
};

/** Known to us, to the database's image, or to the compose file itself. */
const FOREIGN = new Set(['POSTGRES_USER', 'POSTGRES_DB', 'POSTGRES_PASSWORD']);
const isKnown = (name: string): boolean => name in VARIABLES || FOREIGN.has(name);

describe('the image', () => {
  it('stands on a base that is named by its full version, the same in every stage', () => {
    const bases = stages.map(([from = '']) => from.split(' ').find((word) => word.startsWith('node:')));
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(/^node:24\.\d+\.\d+-bookworm-slim$/);
  });

  it('copies what exists and what .dockerignore lets through', () => {
    const let_ = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const sources = stages
      .flat()
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(sources.length).toBeGreaterThan(8);
    for (const source of sources) {
      expect(existsSync(join(root, source)), source).toBe(true);
      expect(
        let_.some((each) => source === each || source.startsWith(`${each}/`)),
        source,
      ).toBe(true);
    }
  });

  it('copies from earlier stages only what they make', () => {
    const copied = stages
      .flat()
      .filter((line) => line.includes('COPY --from='))
      .map((line) => /--from=(\w+) \/(\w+)\//.exec(line));
    expect(copied.length).toBeGreaterThan(2);
    for (const match of copied) {
      const stage = stages.find(([from = '']) => from.endsWith(`AS ${match?.[1] ?? '?'}`));
      expect(stage).toContain(`WORKDIR /${match?.[2] ?? '?'}`);
    }
  });

  it('runs as a user that is not root, on packages without those for development', () => {
    const users = last.filter((line) => line.startsWith('USER '));
    expect(users).toEqual(['USER node']);
    expect(last.findIndex((line) => line.startsWith('USER '))).toBeGreaterThan(
      last.findLastIndex((line) => line.startsWith('RUN ')),
    );
    expect(stages.flat().some((line) => line.includes('npm ci --omit=dev'))).toBe(true);
  });

  it('ends on SIGTERM, under a process 1 that passes it on, in a command that there is', () => {
    expect(last).toContain('STOPSIGNAL SIGTERM');
    expect(last).toContain('ENTRYPOINT ["tini", "--", "docops"]');
    expect(last).toContain('CMD ["serve"]');
    expect(main).toContain('serveCommand()');
    expect(main).toContain('workerCommand()');
  });

  it('sets only variables that something reads', () => {
    const env = last.find((line) => line.startsWith('ENV '))!;
    const names = [...env.matchAll(/(\w+)=/g)].map(([, name]) => name!);
    expect(names).toContain('HOST');
    for (const name of names) expect(isKnown(name) || ['NODE_ENV', 'TMPDIR'].includes(name), name).toBe(true);
  });

  it.each([
    ['the image', last.find((line) => line.startsWith('HEALTHCHECK'))!],
    ['the compose file', compose.services.app.healthcheck.test!.join(' ')],
  ])('is asked for its health by %s at a path that is answered', async (_name, text) => {
    const [path = ''] = /\/(?:healthz|readyz)/.exec(text) ?? [];
    const log = createLog({ level: 'silent', format: 'json' });
    const handlers = [createHealthHandler({ checks: [], log, stopping: () => false })];
    const server = await startWebServer({ host: '127.0.0.1', port: 0, handlers, log });
    expect((await fetch(`${server.url}${path}`)).status).toBe(200);
    await server.stop(0);
  });
});

describe('the compose file', () => {
  const { app, worker, postgres } = compose.services;

  it('names images by their version', () => {
    expect(postgres.image).toMatch(/^postgres:\d+\.\d+-\w+$/);
    expect(worker.image).toBe(app.image);
  });

  it('starts the App once its database is there', () => {
    expect(app.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(postgres.healthcheck.test).toContain('pg_isready');
  });

  it('gives the App no more than it needs', () => {
    for (const service of [app, worker]) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(service.security_opt).toContain('no-new-privileges:true');
      expect(service.user).toBeUndefined();
    }
  });

  it('has its secrets in a file that is not in the repository', () => {
    expect(app.env_file).toBe('.env');
    expect(read('deploy/compose.yml')).not.toMatch(/(?:SECRET|KEY|PASSWORD): [^$\s]/);
    expect(existsSync(join(root, 'deploy/.env'))).toBe(false);
  });

  it('sets only variables that something reads, and so does the example of its file', () => {
    const example = [...read('deploy/.env.example').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name!);
    expect(example).toEqual(
      expect.arrayContaining(['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET', 'DOCOPS_URL']),
    );
    const set = Object.values(compose.services).flatMap(({ environment }) => Object.keys(environment));
    for (const name of [...example, ...set]) expect(isKnown(name), name).toBe(true);
  });

  it('keeps data, scratch space and the database in volumes', () => {
    const used = Object.values(compose.services).flatMap(({ volumes }) =>
      volumes.map((volume) => volume.split(':')[0]!),
    );
    expect([...new Set(used)].sort()).toEqual(Object.keys(compose.volumes).sort());
    const places = last.find((line) => line.startsWith('VOLUME'))!;
    for (const place of ['/var/lib/docops', '/scratch']) {
      expect(places).toContain(place);
      expect(app.volumes.some((volume) => volume.endsWith(`:${place}`))).toBe(true);
    }
  });

  it('runs commands that there are', () => {
    expect(worker.command).toEqual(['worker']);
  });
});
