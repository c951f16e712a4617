/** Draws pages and pictures in a child process, which is killed when it takes too long and started anew when needed. */
import { type ChildProcess, fork } from 'node:child_process';
import type { DocumentItem } from '../ports/document-views.js';

/** What the child is asked. */
export interface DrawRequest {
  readonly path: string;
  readonly name: string;
  readonly kind: 'pdf' | 'picture';
}
/** What it answers; `canvas` is false when pictures cannot be drawn on this machine. */
export interface DrawAnswer {
  readonly items: readonly DocumentItem[];
  readonly canvas: boolean;
}

const HEAP_MB = 512;

export class PageDrawer {
  readonly #url: URL;
  #child: ChildProcess | undefined;
  /** Said once on the page. */
  problem: string | undefined;

  constructor(url: URL = new URL('./page-worker.js', import.meta.url)) {
    this.#url = url;
  }

  /** Items of one file; a note instead of an error. `limitMs`: wall time, at least one millisecond. */
  draw(path: string, name: string, kind: DrawRequest['kind'], limitMs: number): Promise<DocumentItem[]> {
    return new Promise((resolve) => {
      const child = this.#started();
      const end = (items: readonly DocumentItem[], usable: boolean): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        // An error event without a listener would end the program.
        child.on('error', () => undefined);
        if (!usable) this.close();
        resolve([...items]);
      };
      const say = (text: string): readonly DocumentItem[] => [{ kind: 'note', name, text }];
      const timer = setTimeout(
        () => end(say('left out, drawing it took too long'), false),
        Math.max(1, limitMs),
      );
      child.once('message', (answer: DrawAnswer) => {
        if (!answer.canvas)
          this.problem = 'Pages are shown as text: @napi-rs/canvas, which draws them, cannot be loaded here.';
        end(answer.items, true);
      });
      child.once('exit', () => end(say('left out, it could not be drawn'), false));
      child.once('error', () => end(say('left out, the drawing process could not be started'), false));
      child.send({ path, name, kind } satisfies DrawRequest, (error) => {
        if (error !== null) end(say('left out, it could not be drawn'), false);
      });
    });
  }

  #started(): ChildProcess {
    if (this.#child?.connected === true) return this.#child;
    this.#child = fork(this.#url, [], {
      // Nothing of this program's environment or standard streams: a document may take over the library that reads it.
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [`--max-old-space-size=${HEAP_MB}`, '--no-warnings'],
      serialization: 'advanced',
    });
    return this.#child;
  }

  /** Ends the child, if there is one. */
  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}
