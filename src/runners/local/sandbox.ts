import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Sandbox } from '../../../eval-runner/sandbox.js';
import { makePrivate } from '../../../eval-runner/documents.js';

export type AvailableSandbox =
  | { readonly kind: 'bwrap' }
  /** `why`: one or two sentences with what to install or to allow. */
  | { readonly kind: 'none'; readonly why: string };

/** Tries the sandbox as it will be used, for a machine may have bubblewrap and forbid what it needs. */
export async function availableSandbox(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<AvailableSandbox> {
  if (process.platform !== 'linux') return { kind: 'none', why: 'The sandbox needs Linux with bubblewrap.' };
  const folder = await mkdtemp(join(tmpdir(), 'docops-probe-'));
  try {
    const places = { home: join(folder, 'home'), tmp: join(folder, 'tmp'), shm: join(folder, 'shm') };
    makePrivate(places.home, places.tmp, places.shm);
    const sandbox = new Sandbox({
      path: environment['PATH'] ?? '',
      userHome: homedir(),
      homeDirectory: places.home,
      hidden: [],
      scratchDirectory: folder,
    });
    const args = sandbox.arguments({
      readOnly: [],
      writable: [places.home],
      temporary: places.tmp,
      sharedMemory: places.shm,
      network: false,
      cwd: places.home,
    });
    await promisify(execFile)('bwrap', [...args, '/bin/sh', '-c', ':'], {
      env: { PATH: environment['PATH'] },
      timeout: 20_000,
    });
    return { kind: 'bwrap' };
  } catch (error) {
    return { kind: 'none', why: whyNot(error as NodeJS.ErrnoException & { stderr?: string }) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function whyNot(error: NodeJS.ErrnoException & { stderr?: string }): string {
  if (error.code === 'ENOENT')
    return 'bubblewrap is not installed. Install it: `apt-get install bubblewrap`, `dnf install bubblewrap` or `apk add bubblewrap`.';
  const said = (error.stderr ?? error.message).trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  return (
    `bubblewrap is installed but this machine does not let it work (${said}). ` +
    'It needs user namespaces: on Ubuntu 24.04 an AppArmor profile for bwrap, in a container a seccomp profile that allows them.'
  );
}
