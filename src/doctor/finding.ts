/** What `docops doctor` finds: one line for each thing that was looked at, with what to do where it is not well. */
export type FindingStatus = 'ok' | 'warn' | 'fail';

export interface Finding {
  readonly area:
    | 'settings'
    | 'machine'
    | 'cloud'
    | 'database'
    | 'jobs'
    | 'github'
    | 'webhook'
    | 'sign-in'
    | 'repositories';
  readonly status: FindingStatus;
  /** One or two sentences; may quote names of strangers. */
  readonly detail: string;
  /** Null where nothing has to be done. */
  readonly mend: string | null;
}

type Area = Finding['area'];

/** Writes findings of one area. */
export function findingsOf(area: Area): {
  readonly found: Finding[];
  readonly ok: (detail: string) => void;
  readonly warn: (detail: string, mend: string) => void;
  readonly fail: (detail: string, mend: string) => void;
} {
  const found: Finding[] = [];
  const add = (status: FindingStatus, detail: string, mend: string | null): void => {
    found.push({ area, status, detail, mend });
  };
  return {
    found,
    ok: (detail) => add('ok', detail, null),
    warn: (detail, mend) => add('warn', detail, mend),
    fail: (detail, mend) => add('fail', detail, mend),
  };
}

/** Sentences about an error that carry no stack and no payload. */
export function inWords(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const { code } = error as NodeJS.ErrnoException;
  const cause = error.cause instanceof Error ? `: ${inWords(error.cause)}` : '';
  return `${error.message.slice(0, 300)}${code === undefined || error.message.includes(code) ? '' : ` (${code})`}${cause}`;
}
