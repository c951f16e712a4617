/** `docops serve` and `docops worker`: the App until it is told to end. */
import { Command } from 'commander';
import { readSettings, type Environment } from '../settings.js';
import { EXIT } from './exit.js';

interface ServeOptions {
  readonly worker: boolean;
  readonly host?: string;
  readonly port?: string;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description('run the GitHub App: webhooks, pages, and a worker that evaluates')
    .option('--host <address>', 'address to listen on (default: HOST, else 127.0.0.1)')
    .option('--port <n>', 'port to listen on (default: PORT, else 3000)')
    .option('--no-worker', 'leave the evaluations to docops worker, on this machine or others')
    .addHelpText('after', '\nSettings are environment variables: docs/install.md. SIGTERM ends it cleanly.')
    .action(async ({ worker, host, port }: ServeOptions) => {
      const given = {
        ...(host === undefined ? {} : { HOST: host }),
        ...(port === undefined ? {} : { PORT: port }),
      };
      process.exit(await runUntilSignal({ ...process.env, ...given }, { web: true, worker }));
    });
}

/**
 * Runs until SIGTERM or SIGINT: the first one lets everything under way finish, a second one ends at once. Returns the
 * exit code. Throws what keeps it from starting.
 */
export async function runUntilSignal(
  env: Environment,
  roles: { readonly web: boolean; readonly worker: boolean },
): Promise<number> {
  const settings = readSettings(env);
  // The App is large; other commands do not load it.
  const [{ createLog }, { startService }] = await Promise.all([import('../log.js'), import('../service.js')]);
  const log = createLog(settings.log);
  const stop = new AbortController();
  const asked = new Promise<void>((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      if (stop.signal.aborted) {
        log.warn({ signal }, 'a second signal: ends at once');
        process.exit(EXIT.notMeasured);
      }
      log.info({ signal }, 'was asked to end');
      stop.abort();
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
  try {
    const service = await startService({ settings, roles, log, signal: stop.signal });
    await asked;
    await service.stop();
  } catch (error) {
    // Asked to end while it was still starting.
    if (!stop.signal.aborted) throw error;
  }
  return EXIT.notBlocked;
}
