import { MirrorError } from '../../ports/mirror.js';
import { runGit, type GitOutput } from '../process.js';
import { scrubbedEnvironment } from '../scrub.js';
import { Fault, faultOf } from './faults.js';

const ANSWER_BYTES = 16 * 1024 * 1024;

export interface MirrorCommand {
  /** From a Remote; scrubbed here. */
  readonly environment: NodeJS.ProcessEnv;
  readonly input?: Buffer | string;
  readonly config?: readonly string[];
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs git in a mirror's own object store, where what it writes stays. Any exit code is a result. */
export async function inMirror(
  mirror: string,
  args: readonly string[],
  command: MirrorCommand,
): Promise<GitOutput> {
  return runGit(args, {
    cwd: mirror,
    env: { ...scrubbedEnvironment(command.environment), GIT_DIR: mirror },
    maxBytes: command.maxBytes ?? ANSWER_BYTES,
    signal: command.signal,
    // What is fetched has to survive a crash of the machine, unlike the temporary objects of a user's clone.
    config: ['core.fsync=committed', ...(command.config ?? [])],
    ...(command.input === undefined ? {} : { input: command.input }),
  });
}

/**
 * The same without the network: a partial clone would fetch what is only looked for. GIT_NO_LAZY_FETCH came with git
 * 2.45; before, a lazy fetch ends at the protocol that is not allowed.
 */
export async function offline(
  mirror: string,
  args: readonly string[],
  command: MirrorCommand,
): Promise<GitOutput> {
  return runGit(args, {
    cwd: mirror,
    env: {
      ...scrubbedEnvironment(command.environment),
      GIT_DIR: mirror,
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_NO_LAZY_FETCH: '1',
    },
    maxBytes: command.maxBytes ?? ANSWER_BYTES,
    signal: command.signal,
    config: command.config ?? [],
    ...(command.input === undefined ? {} : { input: command.input }),
  });
}

/** Throws the Fault that a failed command means. */
export function succeeded(output: GitOutput): GitOutput {
  if (output.code !== 0) throw new Fault(faultOf(output.stderr), output.stderr);
  return output;
}

/** A time limit that says what it limited. */
export function timeLimit(ms: number, what: string): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new MirrorError(`${what} took longer than ${Math.round(ms / 1000)} s`, true));
  }, ms);
  timer.unref();
  return controller.signal;
}
