/** `docops migrate` and `docops jobs`, beside a database that a server would use. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { jobsAsText } from '../../src/cli/jobs.js';
import { createLog } from '../../src/log.js';
import { createQueue } from '../../src/queue/index.js';
import { folderWith } from '../support/folder.js';
import { useDatabase } from '../support/postgres.js';

const PROGRAM = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const database = useDatabase({ migrated: false });

function docops(args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: database.url(),
    DOCOPS_DATA: folderWith(),
    NO_COLOR: '1',
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], { env }, (error, output, errors) => {
      resolve({ code: error === null ? 0 : Number(error.code), output, errors });
    });
  });
}

describe('a database without anything', () => {
  it('has no jobs to list, and the message says what to do; migrated it has, and migrating again changes nothing', async () => {
    const before = await docops(['jobs']);
    expect(before.code).toBe(2);
    expect(before.errors).toContain('docops migrate');

    const first = await docops(['migrate']);
    expect(first).toMatchObject({ code: 0, errors: '' });
    expect(first.output).toContain('applied 0001');
    const second = await docops(['migrate']);
    expect(second.output).toContain('the state was up to date');

    const queue = await createQueue({
      backend: 'postgres',
      url: database.url(),
      log: createLog({ level: 'silent', format: 'json' }),
    });
    try {
      await queue.add({ kind: 'look', repositoryId: 1, number: 7 });
    } finally {
      await queue.close();
    }
    const listed = await docops(['jobs', '--json']);
    expect(listed.code).toBe(0);
    const { waiting, dead } = JSON.parse(listed.output) as { waiting: object[]; dead: object[] };
    expect(waiting).toContainEqual(expect.objectContaining({ kind: 'look', waiting: 1 }));
    expect(dead).toEqual([]);

    expect((await docops(['jobs', 'retry', 'unknown'])).code).toBe(2);
    expect((await docops(['jobs', 'retry'])).errors).toContain('docops jobs retry --all');
    expect((await docops(['jobs', 'retry', '--all'])).output).toContain('no job failed for good');
  }, 120_000);
});

it('jobs that failed for good are listed with their reason, on one line each', () => {
  const text = jobsAsText(
    [{ kind: 'evaluate', waiting: 3, active: 1, oldestMs: 61_400 }],
    [
      {
        id: 'x1',
        job: { kind: 'publish', repositoryId: 1, headSha: 'a'.repeat(40), baseRef: 'main\u001b[2J\n' },
        failedAt: new Date(0),
        attempts: 8,
        reason: 'GitHub refuses\nthis',
      },
    ],
  );
  expect(text).toContain('1m1s');
  expect(text).toContain('publish aaaaaaa into main');
  expect(text).toContain('GitHub refuses this');
  expect(text).not.toContain('\u001b[2J');
  expect(text).toContain('docops jobs retry ID');
});
