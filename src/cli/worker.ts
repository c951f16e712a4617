/** `docops worker`: evaluations and reports without the web server; as many as there are machines, on one database. */
import { Command } from 'commander';
import { runUntilSignal } from './serve.js';

export function workerCommand(): Command {
  return new Command('worker')
    .description('run a worker of the GitHub App, beside docops serve --no-worker')
    .addHelpText(
      'after',
      '\nNeeds the DATABASE_URL of docops serve. SIGTERM hands what it measures to another worker.',
    )
    .action(async () => {
      process.exit(await runUntilSignal(process.env, { web: false, worker: true }));
    });
}
