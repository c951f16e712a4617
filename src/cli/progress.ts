import cliProgress from 'cli-progress';
import type { Progress } from '../ports/surroundings.js';

/** Plain lines appear at most this often. */
const LINE_EVERY_MS = 5_000;

/** A bar on a terminal, plain lines otherwise; always on standard error, so that standard output is only the result. */
export function createProgress(stream: NodeJS.WriteStream, now: () => number): Progress {
  return stream.isTTY ? bars(stream) : lines(stream, now);
}

function bars(stream: NodeJS.WriteStream): Progress {
  return {
    stage: (text) => void stream.write(`${text} …\n`),
    measuring(label, total) {
      const bar = new cliProgress.SingleBar({
        stream,
        clearOnComplete: true,
        hideCursor: true,
        etaBuffer: 50,
        format: `{label} [{bar}] {value}/{total} documents, {failed} failed, {eta_formatted} left`,
      });
      let failures = 0;
      bar.start(total, 0, { label, failed: 0 });
      return {
        tick(failed) {
          if (failed) failures += 1;
          bar.increment(1, { failed: failures });
        },
        end: () => bar.stop(),
      };
    },
  };
}

function lines(stream: NodeJS.WriteStream, now: () => number): Progress {
  const say = (text: string): void => void stream.write(`docops: ${text}\n`);
  return {
    stage: (text) => say(text),
    measuring(label, total) {
      let [done, failures] = [0, 0];
      let last = now();
      const state = (): string =>
        `${label}: ${done} of ${total} documents${failures === 0 ? '' : `, ${failures} failed`}`;
      return {
        tick(failed) {
          done += 1;
          if (failed) failures += 1;
          if (done === total || now() - last < LINE_EVERY_MS) return;
          last = now();
          say(state());
        },
        end: () => say(state()),
      };
    },
  };
}
