/**
 * `docops demo`: the gate on the example repository's pull requests, embedded, nothing to set up. Until the App exists it
 * shows the command line; the verdicts are the same. It fails when a verdict is not the one that the example promises.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { EXIT, UsageError } from './exit.js';
import { runEval } from './eval.js';

interface ExampleBranch {
  readonly name: string;
  readonly title: string;
  readonly expected: { readonly verdict: string; readonly exitCode: number };
}

interface Example {
  materialize(directory: string): Promise<{ readonly branches: readonly ExampleBranch[] }>;
}

/** Shown unless others are asked for: one of each kind that a person meets on the first day. */
const SHOWN = ['refactor', 'regression', 'improvement'];

export function demoCommand(): Command {
  return new Command('demo')
    .description('walk through pull requests of the example repository')
    .argument('[branches...]', `which of them (default: ${SHOWN.join(', ')}; all: every one)`)
    .option('--keep', 'leave the example repository where it is, to try things on it')
    .action(async (asked: string[], options: { keep?: boolean }) => {
      process.exitCode = await runDemo(asked.length === 0 ? SHOWN : asked, options.keep === true);
    });
}

async function runDemo(asked: readonly string[], keep: boolean): Promise<number> {
  const example = (await import(
    new URL('../../../examples/materialize.mjs', import.meta.url).href
  )) as Example;
  const folder = await mkdtemp(join(tmpdir(), 'docops-demo-'));
  const repository = join(folder, 'invoices');
  try {
    const { branches } = await example.materialize(repository);
    const shown = asked.includes('all') ? branches : asked.map((name) => find(branches, name));
    const surprises: string[] = [];
    const page = join(folder, 'regression.html');
    for (const { name, title, expected } of shown) {
      process.stdout.write(
        `\n${pc.bold(`── ${title}`)}\n${pc.dim(`$ docops eval --base main --head ${name}`)}\n\n`,
      );
      const code = await runEval({
        repo: repository,
        base: 'main',
        head: name,
        jobs: 2,
        cache: true,
        sandbox: 'none',
        ...(name === 'regression' && keep ? { html: page } : {}),
      });
      process.stdout.write(pc.dim(`exit code ${code}\n`));
      if (code !== expected.exitCode)
        surprises.push(`${name}: exit code ${code} instead of ${expected.exitCode}`);
    }
    process.stdout.write(
      keep
        ? `\nThe example repository stays in ${repository}\nTry: cd ${repository} && docops eval --head regression --html report.html\n`
        : '\nTo keep the example repository and try things on it: npm run demo -- --keep\n',
    );
    for (const surprise of surprises) process.stderr.write(`${pc.red('not as promised')}: ${surprise}\n`);
    return surprises.length === 0 ? EXIT.notBlocked : EXIT.blocked;
  } finally {
    if (!keep) await rm(folder, { recursive: true, force: true });
  }
}

function find(branches: readonly ExampleBranch[], name: string): ExampleBranch {
  const found = branches.find((branch) => branch.name === name);
  if (found === undefined)
    throw new UsageError(
      `the example has no branch ${name}`,
      `it has: ${branches.map((branch) => branch.name).join(', ')}`,
    );
  return found;
}
