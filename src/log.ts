/**
 * The App's log: one line for each event, JSON or for people. Libraries hand over whole webhooks and requests with their
 * errors (Probot logs the event of a failed handler, octokit the request); a webhook holds what users wrote, a request
 * holds tokens. So of an error only its name, message and stack are written, of an event its id and name.
 */
import pino from 'pino';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly format: 'json' | 'pretty';
}

interface Destination {
  write(line: string): void;
}

/** Longest message and stack that is kept; an error can quote what it choked on. */
const ERROR_CHARACTERS = 4_000;
const CAUSES = 5;

export function createLog(options: LogOptions, destination?: Destination): pino.Logger {
  const sink = destination ?? pino.destination({ fd: 1, sync: true });
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: {
        err: shortError,
        error: shortError,
        event: shortEvent,
        payload: withheld,
        body: withheld,
        headers: withheld,
        req: withheld,
        res: withheld,
        request: withheld,
        response: withheld,
      },
    },
    options.format === 'json'
      ? sink
      : {
          write: (line) => {
            sink.write(forPeople(line));
          },
        },
  );
}

const withheld = (): string => '[withheld]';

function shortEvent(event: unknown): unknown {
  if (typeof event !== 'object' || event === null) return typeof event === 'string' ? cut(event) : withheld();
  const { id, name } = event as { id?: unknown; name?: unknown };
  return {
    ...(typeof id === 'string' && { id: cut(id) }),
    ...(typeof name === 'string' && { name: cut(name) }),
  };
}

/** Name, message, stack, code, and the same of what is below it: never its other properties. */
function shortError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? cut(error) : withheld();
  const { code, status, class: kind } = error as { code?: unknown; status?: unknown; class?: unknown };
  const below = error instanceof AggregateError ? (error.errors as unknown[]).slice(0, CAUSES) : [];
  return {
    type: error.name,
    message: cut(error.message),
    ...(typeof code === 'string' && { code: cut(code) }),
    ...(typeof status === 'number' && { status }),
    ...(typeof kind === 'string' && { class: cut(kind) }),
    ...(error.stack !== undefined && { stack: cut(error.stack) }),
    ...(error.cause !== undefined && depth < CAUSES && { cause: shortError(error.cause, depth + 1) }),
    ...(below.length > 0 && depth < CAUSES && { errors: below.map((each) => shortError(each, depth + 1)) }),
  };
}

function cut(text: string): string {
  return text.length <= ERROR_CHARACTERS ? text : `${text.slice(0, ERROR_CHARACTERS)}…`;
}

/** `12:00:00 warn  the sentence  field=value`: fields stay JSON, so that no line end or escape code of a stranger gets through. */
function forPeople(line: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clock = String(time).slice(11, 19);
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${visible(JSON.stringify(value))}`);
  const stack = (err as { stack?: unknown } | undefined)?.stack;
  const trace =
    typeof stack === 'string'
      ? `\n${stack
          .split('\n')
          .map((each) => `    ${visible(each)}`)
          .join('\n')}`
      : '';
  const message = typeof msg === 'string' ? visible(msg) : '';
  return `${clock} ${String(level).padEnd(5)} ${[message, ...rest].join('  ')}${trace}\n`;
}

function visible(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ');
}
