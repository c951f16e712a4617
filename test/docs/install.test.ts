import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { readAppFile } from '../../src/app-manifest.js';
import { doctorCommand } from '../../src/cli/doctor.js';
import { jobsCommand } from '../../src/cli/jobs.js';
import { migrateCommand } from '../../src/cli/migrate.js';
import { serveCommand } from '../../src/cli/serve.js';
import { setupCommand } from '../../src/cli/setup.js';
import { workerCommand } from '../../src/cli/worker.js';
import { checkName } from '../../src/core/check/index.js';
import { SIGN_IN_CALLBACK } from '../../src/http/sign-in-path.js';
import { WEBHOOK_PATH } from '../../src/http/webhook.js';
import { VARIABLES } from '../../src/settings/variables.js';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const text = read('docs/install.md');
const commands: Readonly<Record<string, Command>> = {
  setup: setupCommand(),
  serve: serveCommand(),
  worker: workerCommand(),
  migrate: migrateCommand(),
  jobs: jobsCommand(),
  doctor: doctorCommand(),
};

/** `docops …` in blocks of a page that a reader would type. */
function typed(page: string): string[][] {
  return [...page.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block]) => block!.trim().split('\n'))
    .flatMap((line) => {
      const [, rest] = /(?:^|\s)docops ([a-z].*)$/.exec(line) ?? [];
      return rest === undefined ? [] : [rest.split(/\s+/)];
    });
}

describe('docs/install.md', () => {
  it('has every variable with what it is and what holds without it, and no other', () => {
    const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| (.*) \| (.*) \|$/gm)].map(([, ...cells]) => cells);
    expect(rows).toEqual(Object.entries(VARIABLES).map(([name, { what, without }]) => [name, what, without]));
  });

  it('has the permissions of app.yml', () => {
    const rows = [...text.matchAll(/^\| ([a-z_]+): (read|write) \|/gm)].map(([, name, access]) => [
      name!,
      access!,
    ]);
    expect(Object.fromEntries(rows)).toEqual(readAppFile().default_permissions);
  });

  it('names the address of webhooks and the check as they are', () => {
    expect(text).toContain(`https://docops.example.com${WEBHOOK_PATH}`);
    expect(text).toContain(`https://docops.example.com${SIGN_IN_CALLBACK}`);
    expect(text).toContain(`\`${checkName('main', null)}\``);
    expect(text).toContain(`\`${checkName('release', null)}\``);
    expect(text).toContain(`\`${checkName('main', 'invoices')}\``);
  });

  it('names files that exist', () => {
    for (const [, path] of text.matchAll(/\b(deploy\/[\w.-]+|app\.yml)/g))
      if (path !== 'deploy/.env') expect(existsSync(new URL(path!, root)), path).toBe(true);
    for (const [, path] of text.matchAll(/\]\(([\w-]+\.md)\)/g))
      expect(existsSync(new URL(`docs/${path!}`, root)), path).toBe(true);
  });
});

describe.each(['docs/install.md', 'docs/operate.md'])('the commands of %s', (page) => {
  it.each(typed(read(page)).map((words) => [words.join(' '), words] as const))(
    'docops %s can be typed',
    (_line, words) => {
      const [name = '', ...rest] = words;
      const command = commands[name];
      expect(command, name).toBeDefined();
      const sub = command!.commands.find((each) => each.name() === rest[0]);
      const options = [...(sub?.options ?? []), ...command!.options].map(({ long }) => long);
      for (const word of rest.filter((each) => each.startsWith('--'))) expect(options).toContain(word);
    },
  );
});
