/** What GitHub refuses in a check run. https://docs.github.com/rest/checks/runs, lengths as in its published schema. */
import { ApiError } from './answer.js';
import type { CheckRun, Json } from './world.js';

const TEXT_CHARACTERS = 65_535;
const ANNOTATIONS = 50;
const ANNOTATION_TITLE_CHARACTERS = 255;
const ANNOTATION_MESSAGE_BYTES = 64 * 1024;
const ACTIONS = 3;
const ACTION_CHARACTERS = { label: 20, description: 40, identifier: 20 } as const;
const CONCLUSIONS = ['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'timed_out'];
const STATUSES = ['queued', 'in_progress', 'completed'] as const;
const LEVELS = ['notice', 'warning', 'failure'];

function refuse(message: string): never {
  throw new ApiError(422, `Invalid request.\n\n${message}`);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(from: Json, key: string, limit = Infinity): string | undefined {
  const value = from[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') return refuse(`For '${key}', ${JSON.stringify(value)} is not a string.`);
  // Characters, not UTF-16 units; counted only when it can matter.
  const length = value.length > limit ? Array.from(value).length : value.length;
  if (length > limit) refuse(`Only ${limit} characters are allowed; ${length} were supplied.`);
  return value;
}

function time(from: Json, key: string): string | undefined {
  const value = text(from, key);
  if (value !== undefined && Number.isNaN(Date.parse(value))) refuse(`${value} is not a date-time.`);
  return value;
}

function line(from: Json, key: string): number {
  const value = from[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    refuse(`For '${key}', ${String(value)} is not an integer.`);
  return value;
}

function list(from: Json, key: string, limit: number): Json[] | undefined {
  const value = from[key];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return refuse(`For '${key}', an array is expected.`);
  if (value.length > limit) refuse(`No more than ${limit} items are allowed; ${value.length} were supplied.`);
  return value.map((item) => (isObject(item) ? item : refuse(`For '${key}', objects are expected.`)));
}

function annotation(from: Json): CheckRun['annotations'][number] {
  const path = text(from, 'path') ?? refuse(`"path" wasn't supplied.`);
  const message = text(from, 'message') ?? refuse(`"message" wasn't supplied.`);
  if (Buffer.byteLength(message) > ANNOTATION_MESSAGE_BYTES) refuse('The message is larger than 64 KB.');
  const level = text(from, 'annotation_level') ?? '';
  if (!LEVELS.includes(level))
    refuse(`${JSON.stringify(level)} is not a member of ${JSON.stringify(LEVELS)}.`);
  const startLine = line(from, 'start_line');
  const endLine = line(from, 'end_line');
  if (endLine < startLine) refuse('end_line must be at least start_line.');
  const title = text(from, 'title', ANNOTATION_TITLE_CHARACTERS) ?? null;
  const rawDetails = text(from, 'raw_details') ?? null;
  return { path, startLine, endLine, level, title, message, rawDetails };
}

function action(from: Json): CheckRun['actions'][number] {
  const part = (key: keyof typeof ACTION_CHARACTERS) =>
    text(from, key, ACTION_CHARACTERS[key]) ?? refuse(`"${key}" wasn't supplied.`);
  return { label: part('label'), description: part('description'), identifier: part('identifier') };
}

export interface CheckInput {
  readonly name?: string;
  readonly externalId?: string;
  readonly detailsUrl?: string;
  readonly status?: CheckRun['status'];
  readonly conclusion?: string;
  readonly startedAt?: string;
  readonly completedAt?: string;
  readonly output?: {
    readonly title?: string;
    readonly summary: string;
    readonly text: string | null;
    readonly annotations: CheckRun['annotations'];
  };
  readonly actions?: CheckRun['actions'];
}

/** Throws 422. `creating`: a title is needed too. */
export function readCheck(body: unknown, creating: boolean): CheckInput {
  if (!isObject(body)) return refuse('A JSON object is expected.');
  const status = STATUSES.find((known) => known === body['status']);
  if (status === undefined && body['status'] !== undefined)
    refuse(`${JSON.stringify(body['status'])} is not a member of ${JSON.stringify(STATUSES)}.`);
  const conclusion = text(body, 'conclusion');
  if (conclusion !== undefined && !CONCLUSIONS.includes(conclusion))
    refuse(`${JSON.stringify(conclusion)} is not a member of ${JSON.stringify(CONCLUSIONS)}.`);
  const completedAt = time(body, 'completed_at');
  if (conclusion === undefined && (status === 'completed' || completedAt !== undefined))
    refuse(`"conclusion" wasn't supplied.`);
  const detailsUrl = text(body, 'details_url');
  if (detailsUrl !== undefined && !/^https?:\/\//.test(detailsUrl))
    refuse(`details_url must use http or https scheme`);
  const input = {
    name: text(body, 'name'),
    externalId: text(body, 'external_id'),
    detailsUrl,
    // A conclusion completes.
    status: conclusion === undefined ? status : 'completed',
    conclusion,
    startedAt: time(body, 'started_at'),
    completedAt,
    output: output(body['output'], creating),
    actions: list(body, 'actions', ACTIONS)?.map(action),
  };
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

function output(from: unknown, creating: boolean): CheckInput['output'] {
  if (from === undefined || from === null) return undefined;
  if (!isObject(from)) return refuse('output must be an object.');
  const title = text(from, 'title');
  if (title === undefined && creating) refuse(`"title" wasn't supplied.`);
  const summary = text(from, 'summary', TEXT_CHARACTERS) ?? refuse(`"summary" wasn't supplied.`);
  return {
    ...(title === undefined ? {} : { title }),
    summary,
    text: text(from, 'text', TEXT_CHARACTERS) ?? null,
    annotations: (list(from, 'annotations', ANNOTATIONS) ?? []).map(annotation),
  };
}
