import { spawnSync } from 'node:child_process';

/**
 * Is a program there? For `it.skipIf(!requireTool('bwrap'))`, in a test whose name says what is needed. On CI a missing
 * tool is an error and not a skip, so that a test cannot fall silent.
 */
export function requireTool(name: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v "$1"`, 'sh', name], { stdio: 'ignore' }).status === 0;
  if (!found && process.env['CI'] === 'true')
    throw new Error(`tests need ${name}; install it on the CI machine`);
  return found;
}
