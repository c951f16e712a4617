import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Journeys drive the program as users do, as the built `docops`; so it is built from the sources under test. A type
 * error is printed and stops nothing here, since the compiler writes its output all the same; `npm run typecheck` fails on it.
 */
export default function setup(): void {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status, error } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--incremental'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error !== undefined) throw error;
  if (status !== 0 && process.env['CI'] === 'true') throw new Error('the build has errors');
}
