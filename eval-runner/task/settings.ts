/** The job for driver.sh, as a file that a shell reads with `.`: values may have any characters but NUL. */
import type { FetchManifest } from './contract.js';

/** Standard error that is kept from its beginning; of what follows, the end. */
const STDERR_HEAD_BYTES = 256 * 1024;
/** `ulimit -f` counts blocks of 512 bytes. */
const BLOCK_BYTES = 512;

export function shellSettings(manifest: FetchManifest): string {
  const seconds = (ms: number): number => Math.ceil(ms / 1000);
  const { limits } = manifest;
  const values: Record<string, string | number> = {
    docops_step: manifest.step,
    docops_mode: manifest.mode,
    docops_run: manifest.run,
    docops_seconds: seconds(manifest.timeoutMs),
    docops_document_seconds: seconds(manifest.documentTimeoutMs),
    docops_grace_seconds: seconds(limits.killGraceMs),
    // One more than allowed, so that deliver can tell too much from just enough.
    docops_output_blocks: Math.floor(limits.outputBytes / BLOCK_BYTES) + 1,
    docops_stderr_blocks: STDERR_HEAD_BYTES / BLOCK_BYTES,
    docops_stderr_tail: limits.stderrTailBytes,
  };
  const lines = Object.entries(values).map(([name, value]) => `${name}=${quoted(String(value))}\n`);
  return ['# What driver.sh runs. Written by fetch.\n', ...lines].join('');
}

/** Read by the shell of one command alone: a value may be of a variable that means something to the shell itself. */
export function shellEnvironment(manifest: FetchManifest): string {
  return Object.entries(manifest.env)
    .filter(([name]) => !READ_ONLY.has(name))
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
    .join('');
}

/** Names that bash does not let anyone set, and would end over. */
const READ_ONLY = new Set(['BASHOPTS', 'BASH_VERSINFO', 'EUID', 'PPID', 'SHELLOPTS', 'UID']);

function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
