#!/usr/bin/env node
/** Front door: the command line. Mistakes that the user can mend end with 2, everything that was not measured with 3. */
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import { datasetCommand } from './cli/dataset.js';
import { demoCommand } from './cli/demo.js';
import { doctorCommand } from './cli/doctor.js';
import { evalCommand } from './cli/eval.js';
import { EXIT, UsageError } from './cli/exit.js';
import { initCommand } from './cli/init.js';
import { jobsCommand } from './cli/jobs.js';
import { migrateCommand } from './cli/migrate.js';
import { serveCommand } from './cli/serve.js';
import { setupCommand } from './cli/setup.js';
import { tokensCommand } from './cli/tokens.js';
import { validateCommand } from './cli/validate.js';
import { workerCommand } from './cli/worker.js';
import { BlobError } from './ports/blobs.js';
import { RunnerError } from './ports/runner.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

const program = new Command('docops')
  .description('gates changes on document-extraction accuracy')
  .version(version)
  .showHelpAfterError('(docops COMMAND --help says what it takes)')
  .addCommand(evalCommand())
  .addCommand(initCommand())
  .addCommand(validateCommand())
  .addCommand(datasetCommand())
  .addCommand(setupCommand())
  .addCommand(serveCommand())
  .addCommand(workerCommand())
  .addCommand(migrateCommand())
  .addCommand(jobsCommand())
  .addCommand(tokensCommand())
  .addCommand(doctorCommand())
  .addCommand(demoCommand());
exitInsteadOfThrow(program);

// A reader that has seen enough (`docops eval | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Commander ends with 1 on wrong arguments; 1 is "blocked" here, so usage errors are turned into 2. */
function exitInsteadOfThrow(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitInsteadOfThrow(child);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.notBlocked : EXIT.usage;
  if (error instanceof UsageError) {
    process.stderr.write(`${pc.red('error')}: ${error.message}\n`);
    if (error.mend !== undefined) process.stderr.write(`  ${pc.cyan('→')} ${error.mend}\n`);
    return EXIT.usage;
  }
  if (error instanceof RunnerError) {
    process.stderr.write(`${pc.red('not measured')}: ${error.message}\n`);
    return EXIT.notMeasured;
  }
  if (error instanceof BlobError) {
    process.stderr.write(`${pc.red('error')}: ${error.message}\n`);
    return EXIT.notMeasured;
  }
  process.stderr.write(
    `${pc.red('bug')}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT.notMeasured;
}
