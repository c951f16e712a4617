/**
 * A container of a task as a process under bubblewrap: of the machine it has the programs alone; the volumes are where
 * the task definition mounts them, read-only where it says so; the root is read-only where it says so; its environment is
 * what image, definition, overrides and ECS give; as root here it runs as the user that the definition names.
 * A memory limit is not applied: that a container is killed for its memory is a fault that a test asks for.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';

/** What a registry would have under an image's name. */
export interface Image {
  readonly entryPoint?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly workingDirectory?: string;
  /** Of this machine → in the container; read-only. */
  readonly files?: Readonly<Record<string, string>>;
  /** Programs of this machine that the image does not have. */
  readonly without?: readonly string[];
  /** Paths whose fresh volume belongs to this user, as `VOLUME` of a Dockerfile has it on Fargate. */
  readonly volumes?: Readonly<Record<string, number>>;
}

export interface Mount {
  readonly folder: string;
  readonly path: string;
  readonly readOnly: boolean;
}

export interface ContainerSpec {
  readonly image: Image;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly readOnlyRoot: boolean;
  readonly mounts: readonly Mount[];
  readonly network: boolean;
  /** A small init as process 1, which passes signals on; else the command itself is process 1. */
  readonly init: boolean;
}

export interface ContainerEnd {
  readonly exitCode: number;
}

const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64'];
const ETC = ['alternatives', 'group', 'hosts', 'ld.so.cache', 'localtime', 'nsswitch.conf', 'passwd', 'ssl'];
const OUTPUT_BYTES = 256 * 1024;

export class Container {
  readonly spec: ContainerSpec;
  readonly ended: Promise<ContainerEnd>;
  readonly #process: ChildProcess;
  #first: Promise<number | undefined>;
  #output = '';

  constructor(spec: ContainerSpec) {
    this.spec = spec;
    this.#process = spawn('bwrap', arguments_(spec), { stdio: ['ignore', 'pipe', 'pipe', 'pipe'], env: {} });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString('utf8')).slice(-OUTPUT_BYTES);
      });
    this.#first = firstProcess(this.#process.stdio[3] as Readable);
    this.ended = new Promise((resolve, reject) => {
      this.#process.once('error', reject);
      this.#process.once('close', (code) => resolve({ exitCode: code ?? 137 }));
    });
  }

  /** Standard output and error, the end of it: what CloudWatch would have. */
  get output(): string {
    return this.#output;
  }

  /** SIGTERM as the agent sends it: to process 1, which ignores it unless it has said otherwise; an init passes it on. */
  async terminate(): Promise<void> {
    const first = await this.#first;
    if (first === undefined) return;
    for (const pid of this.spec.init ? children(first) : [first]) send(pid, 'SIGTERM');
  }

  /** Everything in it. */
  async kill(): Promise<void> {
    const first = await this.#first;
    if (first === undefined) this.#process.kill('SIGKILL');
    else send(first, 'SIGKILL');
  }
}

function arguments_(spec: ContainerSpec): string[] {
  const { image } = spec;
  const root = process.getuid?.() === 0;
  const [uid, gid = uid] = (spec.user ?? image.user ?? '0').split(':');
  const directory = spec.workingDirectory ?? image.workingDirectory ?? '/';
  return [
    ...['--die-with-parent', '--unshare-pid', '--unshare-ipc', '--unshare-uts'],
    ...(spec.network ? [] : ['--unshare-net']),
    ...(spec.init ? [] : ['--as-pid-1']),
    ...(root ? [] : ['--unshare-user', '--uid', `${uid}`, '--gid', `${gid}`]),
    ...SYSTEM.flatMap((path) => system(path)),
    // Folders above a mount would be for root alone.
    ...['/etc', '/app', ...spec.mounts.map(({ path }) => dirname(path))].flatMap((path) => [
      '--perms',
      '0755',
      '--dir',
      path,
    ]),
    ...ETC.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    ...['--proc', '/proc', '--dev', '/dev', '--perms', '1777', '--dir', '/tmp'],
    ...(image.without ?? []).flatMap((path) => (existsSync(path) ? ['--ro-bind', '/dev/null', path] : [])),
    ...Object.entries(image.files ?? {}).flatMap(([from, to]) => ['--ro-bind', from, to]),
    ...spec.mounts.flatMap(({ folder, path, readOnly }) => [readOnly ? '--ro-bind' : '--bind', folder, path]),
    ...(spec.readOnlyRoot ? ['--remount-ro', '/'] : []),
    ...['--chdir', directory, '--info-fd', '3', '--clearenv'],
    ...Object.entries(spec.env).flatMap(([name, value]) => ['--setenv', name, value]),
    '--',
    ...(root && uid !== '0'
      ? [
          'setpriv',
          `--reuid=${uid}`,
          `--regid=${gid}`,
          '--clear-groups',
          '--bounding-set=-all',
          '--no-new-privs',
        ]
      : []),
    ...(image.entryPoint ?? []),
    ...spec.command,
  ];
}

function system(path: string): string[] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  return stats.isSymbolicLink() ? ['--symlink', `usr${path}`, path] : ['--ro-bind', path, path];
}

/** The pid of process 1 of the container, as this machine counts. */
async function firstProcess(stream: Readable): Promise<number | undefined> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return /"child-pid"\s*:\s*(\d+)/.exec(text)?.[1] === undefined
    ? undefined
    : Number(/"child-pid"\s*:\s*(\d+)/.exec(text)?.[1]);
}

function children(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
