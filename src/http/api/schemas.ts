/** The shapes of the API: answers and questions, as the description shows them and as they are checked. */
import { z } from '@hono/zod-openapi';
import { VERDICTS } from '../../core/report/schema.js';
import { EVALUATION_STATES } from '../../core/app-words.js';

const moment = z.iso.datetime();
const fraction = z.number().min(0).max(1);
const sha = z.string();

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().openapi({ description: 'Stays the same; the other texts may change.' }),
    detail: z.string(),
    errors: z
      .array(
        z.object({
          in: z.enum(['path', 'query', 'body']),
          name: z.string(),
          detail: z.string(),
        }),
      )
      .optional(),
    problems: z.array(z.lazy(() => configurationProblemSchema)).optional(),
  })
  .openapi('Problem');

export const configurationProblemSchema = z
  .object({
    severity: z.enum(['error', 'warning']),
    code: z.string(),
    message: z.string().openapi({ description: 'What is wrong, and what to write instead.' }),
    line: z.int().nullable().openapi({ description: 'From 1.' }),
    column: z.int().nullable().openapi({ description: 'From 1.' }),
  })
  .openapi('ConfigurationProblem');

export const repositorySchema = z
  .object({
    id: z.int().openapi({ description: 'Of GitHub; stays when it is renamed.' }),
    owner: z.string(),
    name: z.string(),
  })
  .openapi('Repository');

export const runPipelineSchema = z
  .object({
    pipeline: z.string(),
    verdict: z.enum(VERDICTS),
    blocked: z.boolean(),
    enforce: z.enum(['block', 'warn', 'shadow']),
    base: fraction.nullable(),
    head: fraction.nullable(),
    delta: z.number().nullable(),
    smallest_detectable_drop: z.number().nullable(),
    documents: z.int(),
    documents_regressed: z.int(),
    documents_fixed: z.int(),
    dataset: z.object({ source: z.string(), version: z.string() }),
    deterministic: z.boolean(),
    seconds: z.number(),
    usd: z.number().nullable().openapi({ description: 'Of the machines and what the extractor reported.' }),
    reused_from: z.string().nullable().openapi({ description: 'The run that measured it.' }),
  })
  .openapi('RunPipeline');

export const runSchema = z
  .object({
    id: z.string(),
    repository_id: z.int(),
    kind: z.enum(['pull-request', 'merge-group']),
    pull_number: z.int().nullable(),
    title: z.string().nullable(),
    head_sha: sha,
    base_ref: z.string(),
    base_sha: sha,
    attempt: z.int(),
    why: z.string(),
    state: z.enum(EVALUATION_STATES),
    decision: z.string().openapi({ description: '`evaluate`, `not-applicable`, `hold`, \u2026' }),
    failure: z
      .object({ class: z.string(), message: z.string(), mend: z.string().nullable() })
      .nullable()
      .openapi({ description: 'Why there is no verdict although there should be.' }),
    conclusion: z.string().nullable().openapi({ description: 'Of the check, as GitHub was told last.' }),
    superseded_by: z.string().nullable(),
    created_at: moment,
    started_at: moment.nullable(),
    finished_at: moment.nullable(),
    pipelines: z.array(runPipelineSchema),
  })
  .openapi('Run');

export const runPageSchema = z
  .object({
    runs: z.array(runSchema),
    next: z.string().nullable().openapi({ description: 'The `after` of the next page; null: no more.' }),
  })
  .openapi('RunPage');

export const repositoryStateSchema = repositorySchema
  .extend({
    pipelines: z.array(z.object({ pipeline: z.string(), base_ref: z.string() })),
    last_run: runSchema.nullable(),
    open_regressions: z.array(runSchema).openapi({
      description: 'Newest runs of open pull requests that block, and that nobody accepted.',
    }),
    waiting: z.int(),
    running: z.int(),
    spent_this_month_usd: z.number(),
    budget_per_month_usd: z.number().nullable(),
  })
  .openapi('RepositoryState');

export const repositoryPageSchema = z
  .object({
    repositories: z.array(repositorySchema),
    next: z.int().nullable().openapi({ description: 'The `after` of the next page; null: no more.' }),
  })
  .openapi('RepositoryPage');

export const reportListSchema = z
  .object({
    reports: z.array(
      z.object({
        pipeline: z.string(),
        verdict: z.enum(VERDICTS),
        blocked: z.boolean(),
        aggregates_only: z.boolean().openapi({
          description: 'The author has no write access: the report names no document and shows no value.',
        }),
        json: z.string(),
        csv: z.string(),
      }),
    ),
  })
  .openapi('ReportList');

export const trendSchema = z
  .object({
    pipeline: z.string(),
    base_ref: z.string(),
    points: z.array(
      z.object({
        run: z.string().openapi({ description: 'The first that measured it.' }),
        at: moment,
        commit: z.string().nullable(),
        fingerprint: z.string().nullable(),
        dataset_version: z.string(),
        documents: z.int(),
        overall: fraction.nullable(),
        smallest_detectable_drop: z.number().nullable(),
        fields: z.array(z.object({ field: z.string(), accuracy: fraction.nullable() })),
      }),
    ),
  })
  .openapi('Trend');

export const gateRecordSchema = z
  .object({
    since: moment,
    runs: z.int(),
    blocked: z.int(),
    warned: z.int(),
    passed: z.int(),
    not_measured: z.int(),
    not_applicable: z.int(),
    accepted: z.int(),
    revoked: z.int(),
    disputes: z.int(),
    repeated: z.int().openapi({ description: 'Plans that were measured more than once.' }),
    flips: z
      .array(
        z.object({
          pipeline: z.string(),
          plan_id: z.string(),
          verdicts: z.array(z.object({ run: z.string(), verdict: z.string(), at: moment })),
        }),
      )
      .openapi({ description: 'Those of them whose verdicts differ.' }),
  })
  .openapi('GateRecord');

const seenAt = z.object({ run: z.string(), at: moment });

export const datasetListSchema = z
  .object({
    datasets: z.array(
      z.object({
        pipeline: z.string(),
        source: z.string().openapi({ description: 'As the configuration names it.' }),
        version: z.string(),
        documents: z.int(),
        runs: z.int(),
        first_run: seenAt,
        last_run: seenAt,
      }),
    ),
  })
  .openapi('DatasetList');

export const validationSchema = z
  .object({ valid: z.boolean(), problems: z.array(configurationProblemSchema) })
  .openapi('Validation');

const outcome = z.object({ verdict: z.enum(VERDICTS), blocked: z.boolean() });

export const simulationSchema = z
  .object({
    id: z.string(),
    base_ref: z.string(),
    requested_by: z.string(),
    last_runs: z.int(),
    state: z.enum(['waiting', 'running', 'done', 'failed']),
    problem: z.string().nullable().openapi({ description: 'Why it failed.' }),
    created_at: moment,
    finished_at: moment.nullable(),
    results: z.array(
      z.object({
        run: z.string(),
        pipeline: z.string(),
        was: outcome,
        would: outcome
          .extend({
            base: fraction.nullable(),
            head: fraction.nullable(),
            reasons: z.array(z.string()),
          })
          .nullable()
          .openapi({ description: 'Null: it cannot be said without running something.' }),
        note: z.string().nullable(),
      }),
    ),
  })
  .openapi('Simulation');

export const ledgerLineSchema = z
  .object({
    id: z.int(),
    at: moment,
    actor: z.string(),
    action: z.string(),
    /** Ids and names only. */
    subject: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    says: z.string().openapi({ description: 'The line as a sentence; may change.' }),
    reason: z.string().nullable().openapi({ description: 'Of an acceptance or a dispute, as it was typed.' }),
    acceptance: z
      .object({
        state: z.enum(['in force', 'expired', 'revoked']),
        fields: z.array(z.string()).openapi({ description: 'Empty: all.' }),
        expires_at: moment,
        revoked_at: moment.nullable(),
        revoked_by: z.string().nullable(),
      })
      .nullable(),
    hash: z.string().openapi({ description: 'Chain over this line and all before it, hex.' }),
  })
  .openapi('LedgerLine');

export const ledgerPageSchema = z
  .object({
    lines: z.array(ledgerLineSchema),
    next: z.int().nullable().openapi({ description: 'The `before` of the next page; null: no more.' }),
  })
  .openapi('LedgerPage');
