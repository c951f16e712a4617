/**
 * A command inside bubblewrap: no network, its own processes, and of the file system only what programs are made of, the
 * code (read-only), the document and a private temporary folder. https://github.com/containers/bubblewrap
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join, sep } from 'node:path';

export interface View {
  readonly readOnly: readonly string[];
  readonly writable: readonly string[];
  /** Becomes /tmp; its sibling `shm` becomes /dev/shm. */
  readonly temporary: string;
  readonly sharedMemory: string;
  readonly network: boolean;
  readonly cwd: string;
}

export interface Surroundings {
  /** The value of PATH that commands get. */
  readonly path: string;
  /** The user's own home; never shown. */
  readonly userHome: string;
  readonly homeDirectory: string;
  /** Never shown, also not below a folder that is shown. */
  readonly hidden: readonly string[];
  /** For the small /etc of the sandbox. */
  readonly scratchDirectory: string;
}

const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store'];
/** What programs need of /etc: name lookups, certificates, the loader, fonts, time. No passwords, no hosts' keys. */
const ETC = new Set([
  'alternatives',
  'ca-certificates',
  'ca-certificates.conf',
  'crypto-policies',
  'host.conf',
  'hosts',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'locale.alias',
  'locale.conf',
  'mime.types',
  'nsswitch.conf',
  'papersize',
  'pki',
  'protocols',
  'resolv.conf',
  'services',
  'ssl',
  'terminfo',
  'timezone',
]);
/** Settings of languages, by version: `java-17-openjdk`, `python3.11`, `ImageMagick-6`, `perl`. */
const ETC_VERSIONED = /^(java|python|perl|ruby|php|ImageMagick|fonts|magic|pip\.conf|R)([-.0-9]|$)/;
const BIN_NAMES = new Set(['bin', 'sbin', 'shims', 'condabin']);
const NEVER = new Set(
  ['', 'dev', 'etc', 'home', 'media', 'mnt', 'opt', 'proc', 'root', 'run', 'srv', 'sys', 'tmp', 'var'].map(
    (name) => sep + name,
  ),
);

/** Looks at the machine once; then makes the arguments of `bwrap` for one command after the other. */
export class Sandbox {
  readonly #system: readonly string[];

  constructor(around: Surroundings) {
    this.#system = systemArguments(around);
  }

  /** Arguments for `bwrap`, up to and without the command. */
  arguments(view: View): string[] {
    const args = [
      '--unshare-user',
      '--unshare-pid',
      '--unshare-ipc',
      '--unshare-uts',
      '--unshare-cgroup-try',
    ];
    if (!view.network) args.push('--unshare-net');
    args.push('--die-with-parent', '--cap-drop', 'ALL', '--hostname', 'docops', ...this.#system);
    args.push('--proc', '/proc', '--dev', '/dev');
    args.push('--bind', view.temporary, '/tmp', '--bind', view.sharedMemory, '/dev/shm');
    for (const path of view.readOnly) args.push('--ro-bind', path, path);
    for (const path of view.writable) args.push('--bind', path, path);
    // These two are in memory and would otherwise be a way around the memory limit.
    args.push('--remount-ro', '/dev', '--remount-ro', '/');
    args.push('--chdir', view.cwd, '--');
    return args;
  }
}

function systemArguments(around: Surroundings): string[] {
  const args: string[] = [];
  const shown: string[] = [];
  for (const path of SYSTEM) {
    const kind = kindOf(path);
    if (kind === 'link') args.push('--symlink', readlinkSync(path), path);
    else if (kind === 'directory') {
      args.push('--ro-bind', path, path);
      shown.push(path);
    }
  }
  for (const name of readdirSync('/etc').filter((entry) => ETC.has(entry) || ETC_VERSIONED.test(entry))) {
    // resolv.conf and localtime are often links into /run, which is not shown; the file itself is.
    const real = realpathOr(join('/etc', name));
    if (real !== undefined) args.push('--ro-bind', real, join('/etc', name));
  }
  for (const [from, to] of smallEtc(around)) args.push('--ro-bind', from, to);
  for (const folder of programFolders(around)) {
    args.push('--ro-bind', folder, folder);
    shown.push(folder);
  }
  for (const path of around.hidden) {
    const real = realpathOr(path);
    if (real !== undefined && shown.some((folder) => isInside(real, folder)) && kindOf(real) === 'directory')
      args.push('--tmpfs', real);
  }
  return args;
}

/**
 * Folders outside the system's own in which programs on PATH live. Where `…/bin` belongs to an interpreter (there is a
 * `…/lib`, a `pyvenv.cfg` …) all of `…` is shown; else only the folder on PATH itself, for `~/.cargo/bin` and others
 * have credentials beside them. Links to programs elsewhere (pipx, uv) show the place where they lead. Never shown: a
 * folder that holds a home or something hidden.
 */
export function programFolders(around: Pick<Surroundings, 'path' | 'userHome' | 'hidden'>): string[] {
  const home = realpathOr(around.userHome) ?? around.userHome;
  const hidden = around.hidden.map((path) => realpathOr(path) ?? path);
  const harmless = (folder: string): boolean =>
    !NEVER.has(folder) &&
    !isInside(home, folder) &&
    !hidden.some((path) => isInside(path, folder) || isInside(folder, path));
  const found = new Set<string>();
  const show = (folder: string): void => {
    if (SYSTEM.some((system) => isInside(folder, system))) return;
    const parent = dirname(folder);
    const isPrograms = BIN_NAMES.has(basename(folder));
    if (isPrograms && isInterpreter(parent) && !isShared(parent, home) && harmless(parent)) found.add(parent);
    else if (harmless(folder)) found.add(folder);
  };
  for (const entry of around.path.split(delimiter)) {
    // A relative entry would follow the code under test; npm's belong to whoever started us.
    if (!isAbsolute(entry) || entry.includes('/node_modules/')) continue;
    const real = realpathOr(entry);
    if (real === undefined || kindOf(real) !== 'directory') continue;
    show(entry.replace(/\/+$/, ''));
    show(real);
    if (SYSTEM.some((system) => isInside(real, system))) continue;
    for (const program of readdirSync(real, { withFileTypes: true })) {
      if (!program.isSymbolicLink()) continue;
      const target = realpathOr(join(real, program.name));
      if (target !== undefined && BIN_NAMES.has(basename(dirname(target)))) show(dirname(target));
    }
  }
  // A folder below one that is shown needs no place of its own.
  const all = [...found].filter((folder) => kindOf(folder) === 'directory');
  return all.filter((folder) => !all.some((other) => other !== folder && isInside(folder, other))).sort();
}

function isInterpreter(prefix: string): boolean {
  return ['lib', 'versions', 'installs', 'pyvenv.cfg', 'conda-meta'].some((name) =>
    existsSync(join(prefix, name)),
  );
}

/** `~/.local` and its like hold programs and secrets side by side. */
function isShared(folder: string, home: string): boolean {
  return dirname(folder) === home && ['.local', '.config', '.cache'].includes(basename(folder));
}

/** Is `path` the folder itself or below it? */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Users and groups as programs want to look them up: root and whoever runs this, without the names of others. */
function smallEtc(around: Surroundings): [string, string][] {
  const folder = join(around.scratchDirectory, 'etc');
  const passwd = join(folder, 'passwd');
  const group = join(folder, 'group');
  if (!existsSync(group)) {
    const uid = process.getuid?.() ?? 0;
    const gid = process.getgid?.() ?? 0;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const user = (name: string, u: number, g: number): string =>
      `${name}:x:${u}:${g}::${around.homeDirectory}:/bin/sh\n`;
    writeFileSync(passwd, user('root', 0, 0) + (uid === 0 ? '' : user('extractor', uid, gid)));
    writeFileSync(group, 'root:x:0:\n' + (gid === 0 ? '' : `extractor:x:${gid}:\n`));
  }
  return [
    [passwd, '/etc/passwd'],
    [group, '/etc/group'],
  ];
}

function kindOf(path: string): 'missing' | 'link' | 'directory' | 'other' {
  try {
    const stats = lstatSync(path);
    if (stats.isSymbolicLink()) return 'link';
    return stats.isDirectory() ? 'directory' : 'other';
  } catch {
    return 'missing';
  }
}

function realpathOr(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
