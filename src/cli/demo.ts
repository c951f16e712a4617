/**
 * `docops demo`: the whole App, embedded, against an emulated GitHub, with pull requests that pass, regress, improve, crash,
 * come from a stranger, and break only together. It fails when a verdict is not the one that the example promises.
 */
import { once } from 'node:events';
import { Command } from 'commander';
import pc from 'picocolors';
import { EXIT } from './exit.js';

export function demoCommand(): Command {
  return new Command('demo')
    .description('the whole App, embedded, against an emulated GitHub, walking through pull requests')
    .option('--keep', 'leave everything running until Ctrl-C, to look around')
    .action(async (options: { keep?: boolean }) => {
      process.exitCode = await runDemo(options.keep === true);
    });
}

async function runDemo(keep: boolean): Promise<number> {
  // Loaded here, so that the other commands do not pay for it.
  const [{ setStage, REPO }, { walk }] = await Promise.all([
    import('../demo/stage.js'),
    import('../demo/walk.js'),
  ]);
  const started = performance.now();
  const write = (text: string): void => void process.stdout.write(text);
  const stage = await setStage((line) => write(pc.dim(`${line} …\n`)));
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const interrupted = once(stop.signal, 'abort').then(() => undefined);
    const walked = await Promise.race([walk(stage, write), interrupted]);
    if (walked === undefined) return EXIT.notMeasured;
    for (const surprise of walked.surprises)
      process.stderr.write(`${pc.red('not as promised')}: ${surprise}\n`);
    write(`\n${pc.dim(`done in ${Math.round((performance.now() - started) / 1000)} s.`)} `);
    if (!keep) write('To look around while it runs: npm run demo -- --keep\n');
    else {
      write(
        [
          'Everything keeps running until Ctrl-C.',
          '  The links above open in a browser: every document and value behind a verdict. Sign in as ada (admin), bob',
          '  (writes) or mallory (nobody here): each sees what GitHub lets that person see.',
          `  All repositories, trends, the ledger: ${stage.service.url ?? ''}`,
          `  The repository: git clone ${stage.github.barePath(REPO)}`,
          `  Its API, as GitHub's: ${stage.github.apiUrl}/repos/${REPO}/pulls`,
          '',
        ].join('\n'),
      );
      await interrupted;
    }
    return walked.surprises.length === 0 ? EXIT.notBlocked : EXIT.blocked;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    await stage.close();
  }
}
