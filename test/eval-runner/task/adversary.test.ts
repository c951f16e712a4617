/**
 * An extractor that wants everything: labels, credentials, links, other tasks, the network, and to change what is not its
 * own. It runs as the extract container does: read-only root and input, its own user, process and network namespaces, no
 * capabilities. Each of its probes is first let run without that boundary, and finds what there is to be found.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { requireTool } from '../../support/tools.js';
import { run, statuses, Storage, Task } from './support.js';

const THEIRS = 65532;
const isRoot = process.getuid?.() === 0;

/** Prints everything that it could find, reach and change. A canary is put together here, so that it does not find itself. */
const PROBE = `
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
const { roots, targets, victims } = JSON.parse(fs.readFileSync('probe.json', 'utf8'));
const canary = new RegExp('CAN' + 'ARY-[a-z]+-[0-9a-f]{16}', 'g');
const found = new Set(), reached = [], changed = [];
const look = (text) => { for (const [hit] of String(text).matchAll(canary)) found.add(hit); };
for (const [name, value] of Object.entries(process.env)) {
  look(value);
  if (/^(AWS|ECS)_|MANIFEST/.test(name)) found.add('variable ' + name);
}
for (const pid of fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
  for (const file of ['environ', 'cmdline']) {
    try {
      const text = fs.readFileSync('/proc/' + pid + '/' + file, 'latin1');
      look(text);
      if (/(AWS|ECS)_[A-Z_]+=/.test(text)) found.add('variables of a process');
    } catch {}
  }
}
let left = 20000;
const skipped = new Set(['/proc', '/sys', '/dev', '/usr', '/lib', '/lib64', '/bin', '/sbin', '/etc/ssl']);
const walk = (folder) => {
  let entries = [];
  try { entries = fs.readdirSync(folder, { withFileTypes: true }); } catch { return; }
  for (const entry of entries) {
    const at = path.join(folder, entry.name);
    if (skipped.has(at) || left-- < 0) continue;
    look(at);
    if (entry.isDirectory()) walk(at);
    else if (entry.isFile()) try { look(fs.readFileSync(at, 'latin1').slice(0, 1e6)); } catch {}
  }
};
for (const root of roots) walk(root);
for (const target of targets) {
  const [host, port] = target.split(':');
  await new Promise((resolve) => {
    const socket = net.connect({ host, port: Number(port), timeout: 1000 });
    socket.on('connect', () => { reached.push(target); socket.destroy(); });
    for (const event of ['timeout', 'error', 'close']) socket.on(event, () => { socket.destroy(); resolve(); });
  });
}
const attempt = (name, act) => { try { act(); changed.push(name); } catch {} };
for (const [name, at] of Object.entries(victims)) {
  attempt(name + ' written', () => fs.appendFileSync(at, 'changed'));
  attempt(name + ' opened up', () => fs.chmodSync(at, 0o777));
  attempt(name + ' moved', () => fs.renameSync(at, at + '.moved'));
  attempt(name + ' joined', () => fs.writeFileSync(path.join(path.dirname(at), 'new'), 'x'));
}
console.log(JSON.stringify({ found: [...found].sort(), reached, changed: changed.sort() }));
`;

const canary = (what: string): string => `CANARY-${what}-${randomBytes(8).toString('hex')}`;

interface Found {
  readonly found: readonly string[];
  readonly reached: readonly string[];
  readonly changed: readonly string[];
}

/** What ECS puts into every container, and what no container of ours should have. */
const ECS_VARIABLES = {
  ECS_CONTAINER_METADATA_URI_V4: 'http://169.254.170.2/v4/abc',
  ECS_AGENT_URI: 'http://169.254.170.2/api/abc',
  AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
  AWS_REGION: 'eu-central-1',
};

/** The extract container: volumes of this task alone, nothing else of the machine but its programs. */
function contained(task: Task) {
  const programs = ['/usr', '/bin', '/lib', '/lib64', '/etc/alternatives', dirname(process.execPath)];
  return run(
    'bwrap',
    [
      ...[
        '--unshare-pid',
        '--unshare-net',
        '--unshare-ipc',
        '--unshare-uts',
        '--as-pid-1',
        '--die-with-parent',
      ],
      ...(isRoot ? [] : ['--unshare-user', '--uid', `${THEIRS}`, '--gid', `${THEIRS}`]),
      // What bwrap makes on the way to a mount would be for root alone.
      ...['--perms', '0755', '--dir', '/etc'],
      ...programs.flatMap((path) => ['--ro-bind-try', path, path]),
      ...['--proc', '/proc', '--dev', '/dev', '--perms', '1777', '--tmpfs', '/tmp'],
      ...['--perms', '0755', '--dir', '/docops'],
      ...['--ro-bind', task.input, '/docops/input', '--bind', task.work, '/docops/work', '--remount-ro', '/'],
      ...['--clearenv', '--setenv', 'PATH', `${dirname(process.execPath)}:/usr/bin:/bin`],
      ...Object.entries(ECS_VARIABLES).flatMap(([name, value]) => ['--setenv', name, value]),
      '--',
      ...(isRoot
        ? [
            'setpriv',
            `--reuid=${THEIRS}`,
            `--regid=${THEIRS}`,
            '--clear-groups',
            '--bounding-set=-all',
            '--no-new-privs',
          ]
        : []),
      ...['sh', '/docops/input/driver/driver.sh'],
    ],
    { env: { PATH: process.env['PATH'] ?? '' } },
  );
}

/** As the user of fetch left them, whoever runs the test. */
function belongTo(folder: string, uid: number): void {
  if (!isRoot) return;
  chownSync(folder, uid, uid);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const at = join(folder, entry.name);
    if (entry.isDirectory()) belongTo(at, uid);
    else chownSync(at, uid, uid);
  }
}

const snapshot = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const stats = statSync(join(folder, name));
      return `${name} ${stats.mode.toString(8)} ${stats.isFile() ? readFileSync(join(folder, name), 'latin1') : ''}`;
    })
    .join('\n');

async function prepared(what: {
  readonly documents: Readonly<Record<string, string>>;
  readonly probe: (task: string, port: string) => object;
  readonly run?: string;
  readonly storage: Storage;
}): Promise<Task> {
  const port = new URL(what.storage.url('x')).port;
  // The volumes' place is known only when the task is made: the probe reads it beside itself.
  const plan = (at: string) => ({
    driver: 'shell' as const,
    run: what.run ?? 'node probe.mjs',
    documents: what.documents,
    code: { 'probe.mjs': PROBE, 'probe.json': JSON.stringify(what.probe(at, port)) },
    documentTimeoutMs: 20_000,
  });
  const task = await Task.make(plan(''), what.storage);
  expect(await task.fetch()).toMatchObject({ code: 0 });
  writeFileSync(join(task.work, 'code/probe.json'), JSON.stringify(what.probe(task.root, port)));
  chmodSync(task.root, 0o755);
  belongTo(task.input, 10001);
  belongTo(task.work, 10001);
  return task;
}

// The containers have users of their own, which only root can give them.
const can = requireTool('bwrap') && requireTool('setpriv') && isRoot;

describe('a hostile extractor (bubblewrap, setpriv and root are needed: each container has a user of its own)', () => {
  const secrets = {
    label: canary('label'),
    credential: canary('credential'),
    other: canary('other'),
    link: canary('link'),
  };

  /** What lies and runs around a task: labels, another task's results, a process with credentials. */
  async function surroundings(storage: Storage, root: string): Promise<void> {
    mkdirSync(join(root, 'beside', 'work', 'out'), { recursive: true });
    writeFileSync(join(root, 'beside', 'labels.jsonl'), `{"id":"a","fields":{"x":"${secrets.label}"}}\n`);
    writeFileSync(join(root, 'beside', 'work', 'out', 'results.jsonl'), secrets.other);
    writeFileSync(join(root, 'beside', 'manifest.json'), storage.url(secrets.link));
    const worker = spawn('sleep', ['300'], {
      env: { AWS_SECRET_ACCESS_KEY: secrets.credential, PATH: '/usr/bin' },
    });
    onTestFinished(() => void worker.kill('SIGKILL'));
    await new Promise((resolve) => worker.once('spawn', resolve));
  }
  const victims = (input: string, work: string) => ({
    document: `${input}/documents/a.txt`,
    another: `${input}/documents/b.txt`,
    driver: `${input}/driver/driver.sh`,
    settings: `${input}/driver/job/settings.sh`,
    results: `${work}/out/documents`,
    out: `${work}/out`,
    code: `${work}/code`,
  });

  it.skipIf(!can)('finds, reaches and changes everything where there is no boundary', async () => {
    const storage = await Storage.start();
    const task = await prepared({
      storage,
      documents: { a: 'text', b: 'text' },
      probe: (root, port) => ({
        roots: [root],
        targets: [`127.0.0.1:${port}`],
        victims: victims(`${root}/input`, `${root}/work`),
      }),
    });
    await surroundings(storage, task.root);
    const end = await run('node', ['probe.mjs'], {
      cwd: join(task.work, 'code'),
      env: { PATH: process.env['PATH'] ?? '', ...ECS_VARIABLES },
    });
    const got = JSON.parse(end.stdout) as Found;
    for (const secret of Object.values(secrets)) expect(got.found).toContain(secret);
    expect(got.found).toEqual(expect.arrayContaining(['variable AWS_REGION', 'variables of a process']));
    expect(got.reached).toHaveLength(1);
    for (const name of ['document', 'another', 'driver', 'settings'])
      for (const what of ['written', 'opened up', 'moved', 'joined'])
        expect(got.changed).toContain(`${name} ${what}`);
    for (const name of ['results', 'out', 'code'])
      for (const what of ['opened up', 'moved', 'joined']) expect(got.changed).toContain(`${name} ${what}`);
  });

  it.skipIf(!can)('finds, reaches and changes nothing in its container', async () => {
    const storage = await Storage.start();
    const task = await prepared({
      storage,
      documents: { a: 'text', b: 'text' },
      probe: (_, port) => ({
        roots: ['/'],
        targets: ['169.254.169.254:80', '169.254.170.2:80', `127.0.0.1:${port}`],
        victims: victims('/docops/input', '/docops/work'),
      }),
    });
    await surroundings(storage, task.root);
    const before = snapshot(task.input);
    const end = await contained(task);
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(snapshot(task.input)).toBe(before);
    expect(await task.deliver()).toMatchObject({ code: 0, stderr: '' });
    const { lines } = task.delivered();
    for (const { status, stderrTail } of lines)
      expect({ status, stderrTail }).toEqual({ status: 'ok', stderrTail: undefined });
    for (const { fields } of lines)
      // As another user than fetch's it cannot even move what it may write in.
      if (isRoot) expect(fields).toEqual({ found: [], reached: [], changed: [] });
      else expect(fields).toMatchObject({ found: [], reached: [] });
  });

  it.skipIf(!can)(
    'has no say in which documents there are, and none in what the next one gives',
    async () => {
      const storage = await Storage.start();
      const task = await prepared({
        storage,
        documents: { a: 'text', b: 'text' },
        probe: () => ({}),
        run: `out=/docops/work/out/documents
if [ $DOCOPS_DOCUMENT_ID = a ]; then
  mkdir $out/c; ln -s /etc/passwd $out/b/stdout; echo '{"forged":1}' >$out/b/stdout2; echo 0 >$out/b/status; mkfifo $out/b/began
  (while :; do echo '{"forged":2}' >$out/b/stdout; done) >/dev/null 2>&1 &
  setsid sh -c "while :; do echo 9 >$out/b/status; done" >/dev/null 2>&1 &
fi
echo "{\\"honest\\":\\"$DOCOPS_DOCUMENT_ID\\"}"`,
      });
      expect(await contained(task)).toMatchObject({ code: 0 });
      expect(existsSync(join(task.work, 'out/documents/c'))).toBe(!isRoot);
      expect(await task.deliver()).toMatchObject({ code: 0, stderr: '' });
      const { lines, header } = task.delivered();
      expect(header.lines).toBe(2);
      expect(lines.map(({ id, fields }) => ({ id, fields }))).toEqual([
        { id: 'a', fields: { honest: 'a' } },
        { id: 'b', fields: { honest: 'b' } },
      ]);
    },
  );

  it.skipIf(!can)('cannot overfill what is sent', async () => {
    const storage = await Storage.start();
    const task = await prepared({
      storage,
      documents: { a: 'text', b: 'text', c: 'text' },
      probe: () => ({}),
      run: `out=/docops/work/out/documents/$DOCOPS_DOCUMENT_ID
case $DOCOPS_DOCUMENT_ID in
a) while :; do echo 01234567890123456789012345678901234567890123456789; done;;
b) truncate -s 10G $out/stderr.end; head -c 3000000 /dev/urandom >&2; echo '{"b":1}';;
*) echo '{"c":1}';; esac`,
    });
    expect(await contained(task)).toMatchObject({ code: 0 });
    expect(await task.deliver()).toMatchObject({ code: 0, stderr: '' });
    const { lines } = task.delivered();
    expect(statuses(lines)).toEqual(['a output-limit', 'b ok', 'c ok']);
    expect(storage.files.get('results')!.length).toBeLessThan(20_000);
  });
});
