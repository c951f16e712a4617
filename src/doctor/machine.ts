/** This machine: git, the sandbox, room on the disk. */
import { execFile } from 'node:child_process';
import { mkdir, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { formatSize } from '../core/config/sizes.js';
import { findingsOf, inWords, type Finding } from './finding.js';

export interface MachineFacts {
  readonly dataFolder: string;
  readonly mirrorBytes: number;
  /** Undefined when there is one; else why not. */
  readonly sandboxMissing: () => Promise<string | undefined>;
  readonly environment?: NodeJS.ProcessEnv;
}

/** `git merge-tree --write-tree` came with it; the git room refuses older ones. */
const GIT = { major: 2, minor: 38 };
const TIGHT_BYTES = 2 * 1024 ** 3;

export async function examineMachine(facts: MachineFacts): Promise<Finding[]> {
  const { found, ok, warn, fail } = findingsOf('machine');
  try {
    const { stdout } = await promisify(execFile)('git', ['--version'], {
      env: facts.environment ?? process.env,
      timeout: 10_000,
    });
    const text = stdout.trim().slice(0, 80);
    const [, major, minor] = /^git version (\d+)\.(\d+)/.exec(text) ?? [];
    if (Number(major) > GIT.major || (Number(major) === GIT.major && Number(minor) >= GIT.minor)) ok(text);
    else fail(`${text} is too old`, `install git ${GIT.major}.${GIT.minor} or later`);
  } catch (error) {
    fail(`git does not run (${inWords(error)})`, `install git ${GIT.major}.${GIT.minor} or later`);
  }

  const missing = await facts.sandboxMissing();
  if (missing === undefined) ok('the sandbox works: code of outsiders is measured in it');
  else
    warn(
      `no sandbox: approved code of outsiders runs with the rights of this process. ${missing}`,
      'approve nothing from outside until there is one (docs/secure.md)',
    );

  try {
    await mkdir(facts.dataFolder, { recursive: true });
    const { bavail, bsize } = await statfs(facts.dataFolder);
    const free = bavail * bsize;
    const said = `${inGiB(free)} free for ${facts.dataFolder}`;
    if (free < TIGHT_BYTES)
      fail(said, 'make room: mirrors, scratch space and an embedded database live there');
    else if (free < facts.mirrorBytes)
      warn(
        said,
        `mirrors may take ${formatSize(facts.mirrorBytes)}: make room, or lower DOCOPS_MIRROR_BYTES`,
      );
    else ok(said);
  } catch (error) {
    fail(
      `the data folder ${facts.dataFolder} cannot be used (${inWords(error)})`,
      'set DOCOPS_DATA to a folder that this user may write',
    );
  }
  return found;
}

function inGiB(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}
