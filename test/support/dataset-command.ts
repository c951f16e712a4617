import { stripVTControlCharacters } from 'node:util';
import { CommanderError, type Command } from 'commander';
import { datasetCommand } from '../../src/cli/dataset.js';
import { UsageError } from '../../src/core/errors.js';
import { BlobError } from '../../src/ports/blobs.js';

export interface Ran {
  /** Exit code that the program would end with. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `docops dataset ARGS` in a folder, within this process: what it prints, without colours, and how it ends. */
export async function docopsDataset(folder: string, args: readonly string[]): Promise<Ran> {
  let out = '';
  let err = '';
  const { stdout, stderr } = process;
  const [writeOut, writeErr, before] = [stdout.write.bind(stdout), stderr.write.bind(stderr), process.cwd()];
  stdout.write = (text: string | Uint8Array): boolean => ((out += String(text)), true);
  stderr.write = (text: string | Uint8Array): boolean => ((err += String(text)), true);
  process.chdir(folder);
  let code: number;
  try {
    const command = datasetCommand();
    throwInsteadOfExit(command);
    await command.parseAsync([...args], { from: 'user' });
    code = Number(process.exitCode ?? 0);
  } catch (error) {
    // As src/main.ts ends for these.
    if (error instanceof UsageError) err += `error: ${error.message}\n  → ${error.mend ?? ''}\n`;
    else if (error instanceof BlobError) err += `error: ${error.message}\n`;
    else if (!(error instanceof CommanderError)) throw error;
    code = error instanceof BlobError ? 3 : error instanceof CommanderError && error.exitCode === 0 ? 0 : 2;
  } finally {
    stdout.write = writeOut;
    stderr.write = writeErr;
    process.chdir(before);
    process.exitCode = undefined;
  }
  return { code, out: stripVTControlCharacters(out), err: stripVTControlCharacters(err) };
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}
