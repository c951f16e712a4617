/** What the shape alone cannot say: keys that contradict each other, rules that hold for nothing, values without effect. */
import type { Config, Pipeline, Problem } from '../words.js';
import { formatDuration, parseDuration } from './durations.js';
import { didYouMean, shown } from './quote.js';
import { fieldRules } from './rules-fields.js';
import { gateRules } from './rules-gate.js';
import { pathRules } from './rules-paths.js';
import type { RawConfig, RawPipeline } from './schema.js';
import type { Locate, Path } from './yaml.js';

/** One pipeline under examination, and where to put what is found. */
export interface Examined {
  readonly pipeline: Pipeline;
  readonly raw: RawPipeline;
  /** Paths are relative to the pipeline. */
  readonly error: (code: string, path: Path, message: string, what?: 'key' | 'value') => void;
  readonly warn: (code: string, path: Path, message: string, what?: 'key' | 'value') => void;
}

/** Words of the comment command `/rerun-eval [PIPELINE] [full|failed]`. */
const COMMAND_WORDS = ['full', 'failed'];
const ROLES = ['read', 'triage', 'write', 'maintain', 'admin'];

/** @param written the file's value before defaults: tells what the user wrote from what was filled in. */
export function applyRules(written: unknown, raw: RawConfig, config: Config, locate: Locate): Problem[] {
  const problems: Problem[] = [];
  const say = (
    severity: Problem['severity'],
    code: string,
    path: Path,
    message: string,
    what?: 'key' | 'value',
  ) => problems.push({ severity, code, message, place: locate(path, what) });

  if (config.pipelines.length === 0) {
    say(
      'error',
      'no_pipeline',
      ['pipelines'],
      'pipelines is empty. Write at least one; `docops init` proposes one.',
    );
  }
  for (const pipeline of config.pipelines) {
    const rawPipeline = raw.pipelines[pipeline.name];
    if (rawPipeline === undefined) continue;
    const at = (path: Path): Path => ['pipelines', pipeline.name, ...path];
    const examined: Examined = {
      pipeline,
      raw: rawPipeline,
      error: (code, path, message, what) => say('error', code, at(path), message, what),
      warn: (code, path, message, what) => say('warning', code, at(path), message, what),
    };
    if (COMMAND_WORDS.includes(pipeline.name.toLowerCase())) {
      examined.error(
        'reserved_name',
        [],
        `${shown(pipeline.name)} is a word of the command /rerun-eval and cannot name a pipeline. Choose another name.`,
        'key',
      );
    }
    pathRules(examined);
    fieldRules(examined);
    extractRules(examined, written);
    gateRules(examined);
  }
  topRules(raw, config, say);
  return problems;
}

function extractRules({ pipeline, raw, error, warn }: Examined, written: unknown): void {
  const { extract } = pipeline;
  for (const key of ['timeout', 'document_timeout'] as const) {
    if (parseDuration(raw.extract[key]) === 0) {
      error(
        'zero_duration',
        ['extract', key],
        `${key} is zero: nothing could ever finish. Write for example 60s.`,
      );
    }
  }
  if (extract.mode === 'document' && extract.documentTimeoutMs > extract.timeoutMs && extract.timeoutMs > 0) {
    error(
      'timeout_order',
      ['extract', 'document_timeout'],
      `document_timeout (${formatDuration(extract.documentTimeoutMs)}) is longer than timeout (${formatDuration(extract.timeoutMs)}), the time for all documents together. Raise timeout or lower document_timeout.`,
    );
  }
  if (extract.mode === 'document' && /DOCOPS_(?:DOCUMENTS|PREDICTIONS)\b/.test(extract.run)) {
    warn(
      'mode_mismatch',
      ['extract', 'run'],
      'run uses DOCOPS_DOCUMENTS or DOCOPS_PREDICTIONS, which exist in batch mode only. Write mode: batch, or use DOCOPS_DOCUMENT.',
    );
  }
  if (extract.mode === 'batch' && /DOCOPS_DOCUMENT(?:_ID)?\b/.test(extract.run)) {
    warn(
      'mode_mismatch',
      ['extract', 'run'],
      'run uses DOCOPS_DOCUMENT, which exists in document mode only. Write mode: document, or use DOCOPS_DOCUMENTS.',
    );
  }
  if (extract.deterministic === true && wrote(written, ['pipelines', pipeline.name, 'extract', 'repeats'])) {
    warn(
      'no_effect',
      ['extract', 'repeats'],
      'repeats has no effect with deterministic: true. Remove one of the two.',
      'key',
    );
  }
}

type Say = (
  severity: Problem['severity'],
  code: string,
  path: Path,
  message: string,
  what?: 'key' | 'value',
) => void;

function topRules(raw: RawConfig, config: Config, say: Say): void {
  if (config.runner.memoryBytes < 64 * 1024 * 1024) {
    say(
      'error',
      'out_of_range',
      ['runner', 'memory'],
      `runner.memory ${raw.runner.memory} is too little to run anything. Write at least 64MiB, such as 4GiB.`,
    );
  }
  for (const [index, role] of config.override.roles.entries()) {
    const path = ['override', 'roles', index];
    // Organisations can define roles of their own, so only a slip of the fingers is worth a word.
    const hint = ROLES.includes(role) ? '' : didYouMean(role, ROLES);
    if (hint !== '')
      say('warning', 'unknown_role', path, `${shown(role)} is not one of GitHub's own roles.${hint}`);
    if (role === 'read' || role === 'triage') {
      say(
        'warning',
        'weak_role',
        path,
        `Everybody with the role ${role} could accept a regression. Write maintain or admin.`,
      );
    }
  }
  if (config.override.expiresMs === 0) {
    say(
      'error',
      'zero_duration',
      ['override', 'expires'],
      'expires is zero: an acceptance would never hold. Write for example 7d.',
    );
  }
  if (config.runner.wallTimeMs === 0) {
    say(
      'error',
      'zero_duration',
      ['runner', 'wall_time'],
      'wall_time is zero: no run is that short. Write for example 5m.',
    );
  }
  const { perRun, perMonth } = config.budget;
  if (perRun !== undefined && perMonth !== undefined) {
    if (perRun.currency !== perMonth.currency) {
      say(
        'error',
        'mixed_currencies',
        ['budget', 'per_month'],
        `per_run is in ${perRun.currency} and per_month in ${perMonth.currency}. Write both in one currency.`,
      );
    } else if (Number(perRun.amount) > Number(perMonth.amount)) {
      say(
        'warning',
        'budget_order',
        ['budget', 'per_run'],
        'per_run is more than per_month: one evaluation could spend the whole month. Lower per_run.',
      );
    }
  }
}

function wrote(value: unknown, path: Path): boolean {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return false;
    current = (current as Record<string | number, unknown>)[step];
  }
  return true;
}
