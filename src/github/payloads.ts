/**
 * The parts of webhook payloads that are read, and nothing else. A payload that is signed was still written by whoever
 * can open a pull request: every field is checked, and one that does not fit drops the whole payload.
 */
import { z } from 'zod';
import { COMMENT_CHARACTERS, WEBHOOK_REPOSITORIES } from '../core/limits.js';
import { actorOf } from './actor.js';

const id = z.number().int().positive();
const sha = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
/** Names of accounts, branches and refs: one line, and nothing that PostgreSQL or a log cannot hold. */
const line = z
  .string()
  .min(1)
  .max(1_000)
  .refine((text) => !/[\p{Cc}\p{Surrogate}]/u.test(text));
const repositoryName = z.string().regex(/^(?!\.{1,2}$)[\w.-]{1,100}$/);

/** PostgreSQL stores neither U+0000 nor half a character. */
const text = z.string().transform((body) =>
  body
    .slice(0, COMMENT_CHARACTERS)
    .replaceAll('\0', '')
    .replace(/\p{Surrogate}/gu, '\u{FFFD}'),
);

const user = z.object({ login: line, type: z.string().optional() }).nullish().transform(actorOf);
const app = z.object({ id: id.nullish() }).nullish();
const account = z.object({ login: line });

const about = {
  installation: z.object({ id }),
  repository: z.object({ id, name: repositoryName, owner: z.object({ login: repositoryName }) }),
};

export type About = z.output<z.ZodObject<typeof about>>;

export const pullRequest = z.object({ ...about, pull_request: z.object({ number: id }) });

export const retarget = pullRequest.extend({ changes: z.object({ base: z.object({}) }) });

export const mergeGroup = z.object({
  ...about,
  merge_group: z.object({ head_sha: sha, head_ref: line, base_sha: sha, base_ref: line }),
});

export const checkRun = z.object({
  ...about,
  check_run: z.object({ head_sha: sha, external_id: z.string().max(200).nullish(), app }),
  sender: user,
});

export const requestedAction = checkRun.extend({
  requested_action: z.object({ identifier: z.enum(['rerun', 'rerun-failed', 'approve']) }),
});

export const checkSuite = z.object({
  ...about,
  check_suite: z.object({ head_sha: sha, app }),
  sender: user,
});

export const issueComment = z.object({
  ...about,
  issue: z.object({ number: id, state: z.literal('open'), pull_request: z.object({}) }),
  comment: z.object({ id, body: text, user, performed_via_github_app: app }),
});

export const push = z.object({
  ...about,
  ref: line.regex(/^refs\/heads\/./),
  deleted: z.literal(false).optional(),
  after: sha.refine((after) => !/^0+$/.test(after)),
});

export const repository = z.object(about);

const listed = z
  .array(z.object({ id, full_name: z.string() }))
  .transform((all) => all.slice(0, WEBHOOK_REPOSITORIES));

export type Listed = z.output<typeof listed>;

export const installation = z.object({
  // Enterprise accounts have a slug and no login.
  installation: z.object({
    id,
    account: z.union([account, z.object({}).transform(() => undefined)]).nullish(),
  }),
  repositories: listed.optional(),
  repositories_added: listed.optional(),
  repositories_removed: listed.optional(),
});

export { repositoryName };
