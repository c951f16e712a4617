/**
 * Progress of runs for those who watch them. One look at the state a second for each run, however many watch it; what
 * changed is drawn once and sent to all.
 */
import type { Evaluation } from '../../../core/app-words.js';
import { PROGRESS_STREAMS, PROGRESS_STREAMS_PER_RUN } from '../../../core/limits.js';
import type { Insight } from '../../../ports/insight.js';
import type { Log } from '../../../ports/log.js';
import type { Store } from '../../../ports/store.js';
import { ProgressPart, type Progress } from './progress.js';
import { isLive } from './state.js';

export interface LivePorts {
  readonly store: Pick<Store, 'evaluation'>;
  readonly insight: Pick<Insight, 'stages' | 'waitingFor'>;
  readonly log: Log;
}

export interface Watcher {
  /** The part of the page that shows the progress, whenever it changed. */
  changed(html: string): void;
  /** There is an answer, or nobody measures any more. */
  done(): void;
}

export interface Live {
  /** Undefined: too many watch already. What it returns ends the watching. */
  watch(evaluationId: string, watcher: Watcher): (() => void) | undefined;
}

interface Channel {
  readonly watchers: Set<Watcher>;
  last: string | undefined;
  timer: NodeJS.Timeout | undefined;
}

export function createLive(ports: LivePorts, pollMs: number): Live {
  const channels = new Map<string, Channel>();
  let watching = 0;
  /** Only itself: another one may have begun for the same run. */
  const forget = (id: string, channel: Channel): void => {
    if (channels.get(id) === channel) channels.delete(id);
  };

  const look = async (id: string, channel: Channel): Promise<void> => {
    try {
      const evaluation = await ports.store.evaluation(id);
      if (evaluation === undefined || !isLive(evaluation)) {
        forget(id, channel);
        for (const watcher of [...channel.watchers]) watcher.done();
        return;
      }
      const html = progressHtml(await progressOf(ports, evaluation));
      if (html !== channel.last) {
        channel.last = html;
        for (const watcher of [...channel.watchers]) watcher.changed(html);
      }
    } catch (error) {
      ports.log.warn({ err: error }, 'the progress of a run could not be read');
    }
    if (channel.watchers.size === 0) forget(id, channel);
    else channel.timer = setTimeout(() => void look(id, channel), pollMs).unref();
  };

  return {
    watch(id, watcher) {
      const known = channels.get(id);
      if (watching >= PROGRESS_STREAMS || (known?.watchers.size ?? 0) >= PROGRESS_STREAMS_PER_RUN)
        return undefined;
      watching += 1;
      const channel = known ?? { watchers: new Set(), last: undefined, timer: undefined };
      channel.watchers.add(watcher);
      if (known === undefined) {
        channels.set(id, channel);
        void look(id, channel);
      } else if (known.last !== undefined) watcher.changed(known.last);
      return () => {
        if (!channel.watchers.delete(watcher)) return;
        watching -= 1;
        if (channel.watchers.size > 0) return;
        clearTimeout(channel.timer);
        forget(id, channel);
      };
    },
  };
}

export async function progressOf(
  { insight }: Pick<LivePorts, 'insight'>,
  evaluation: Evaluation,
): Promise<Progress> {
  const [stages, waiting] = await Promise.all([
    insight.stages(evaluation.id),
    evaluation.state === 'planned' && evaluation.decision.kind === 'evaluate'
      ? insight.waitingFor(evaluation.id)
      : null,
  ]);
  return { evaluation, stages, waiting };
}

function progressHtml(progress: Progress): string {
  // What components return is text already; their type does not say so.
  return (ProgressPart(progress) as unknown as { toString(): string }).toString();
}
