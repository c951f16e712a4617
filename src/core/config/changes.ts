/** What a pull request changes in the configuration of one pipeline, in sentences that a reviewer understands. */
import type { Config, FieldSpec, Gate, Pipeline, ScalarSpec, ValueSpec } from '../words.js';
import { formatDuration } from './durations.js';
import { formatPercentage } from './percentages.js';
import { shown } from './quote.js';
import { formatSize } from './sizes.js';

/**
 * @returns one sentence for each change, the ones that loosen the gate first; empty when both mean the same. Nothing is
 * said about other pipelines. The verdict is the base's in any case; this is for people.
 */
export function describeConfigChanges(base: Config, head: Config, pipeline: string): string[] {
  const before = base.pipelines.find(({ name }) => name === pipeline);
  const after = head.pipelines.find(({ name }) => name === pipeline);
  const name = shown(pipeline);
  if (before === undefined && after === undefined) return [];
  if (after === undefined)
    return [`The pipeline ${name} is removed: nothing would be measured or judged any more.`];
  if (before === undefined) return [`The pipeline ${name} is new.`];
  return [
    ...gateChanges(before.gate, after.gate),
    ...fieldChanges(before.fields, after.fields),
    ...pipelineChanges(before, after),
    ...topChanges(base, head),
  ];
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const share = (value: number) => (Number.isInteger(value * 100) ? value.toFixed(2) : String(value));
const pointsOf = (value: number) => `${value} percentage point${value === 1 ? '' : 's'}`;

function floor(what: string, before: number | undefined, after: number | undefined): string[] {
  if (before === after) return [];
  if (before === undefined) return [`${what} gets a floor of ${share(after ?? 0)}.`];
  if (after === undefined) return [`${what} loses its floor of ${share(before)}.`];
  return [
    `The floor of ${what} ${after < before ? 'falls' : 'rises'} from ${share(before)} to ${share(after)}.`,
  ];
}

function drop(what: string, before: number | undefined, after: number | undefined): string[] {
  if (before === after) return [];
  if (before === undefined) return [`${what} may drop by at most ${pointsOf(after ?? 0)}; it had no rule.`];
  if (after === undefined) return [`${what} loses its rule of at most ${pointsOf(before)} of drop.`];
  return [
    `The allowed drop of ${what} ${after > before ? 'grows' : 'shrinks'} from ${before} to ${pointsOf(after)}.`,
  ];
}

function gateChanges(before: Gate, after: Gate): string[] {
  const out = [
    ...setting('enforce', before.enforce, after.enforce),
    ...floor('the overall score', before.min, after.min),
    ...drop('the overall score', before.maxDrop, after.maxDrop),
  ];
  const rules = (
    kind: string,
    was: ReadonlyMap<string, { maxDrop?: number; min?: number }>,
    is: ReadonlyMap<string, { maxDrop?: number; min?: number }>,
  ) => {
    for (const key of new Set([...was.keys(), ...is.keys()])) {
      out.push(...floor(`${kind} ${shown(key)}`, was.get(key)?.min, is.get(key)?.min));
      out.push(...drop(`${kind} ${shown(key)}`, was.get(key)?.maxDrop, is.get(key)?.maxDrop));
    }
  };
  rules('the field', byKey(before.fields, 'pattern'), byKey(after.fields, 'pattern'));
  rules('the slice', byKey(before.slices, 'slice'), byKey(after.slices, 'slice'));
  const was = byKey(before.maxNewErrors, 'pattern');
  const is = byKey(after.maxNewErrors, 'pattern');
  for (const key of new Set([...was.keys(), ...is.keys()])) {
    const [from, to] = [was.get(key)?.max, is.get(key)?.max];
    if (from === to) continue;
    if (to === undefined)
      out.push(
        `The count rule of the field ${shown(key)} (at most ${documents(from ?? 0)} newly wrong) is removed.`,
      );
    else if (from === undefined)
      out.push(`The field ${shown(key)} may become wrong in at most ${documents(to)}; it had no count rule.`);
    else out.push(`The documents that may become wrong in the field ${shown(key)} go from ${from} to ${to}.`);
  }
  out.push(
    ...setting('judge', before.judge, after.judge),
    ...setting('on_hidden_losses', before.onHiddenLosses, after.onHiddenLosses),
    ...setting('on_inconclusive', before.onInconclusive, after.onInconclusive),
    ...setting('alpha', before.alpha, after.alpha),
    ...increase('latency', before.latencyMaxIncrease, after.latencyMaxIncrease),
    ...increase('cost', before.costMaxIncrease, after.costMaxIncrease),
  );
  const order = (gate: Gate) => gate.fields.map(({ pattern }) => pattern);
  if (out.length === 0 && !same(order(before), order(after)))
    out.push('The order of the rules in gate.fields changes.');
  return out.map(capital);
}

const documents = (count: number) => `${count} document${count === 1 ? '' : 's'}`;
const capital = (sentence: string) => sentence.charAt(0).toUpperCase() + sentence.slice(1);

function byKey<T extends object>(rules: readonly T[], key: keyof T): Map<string, T> {
  return new Map(rules.map((rule) => [String(rule[key]), rule]));
}

function increase(what: string, before: number | undefined, after: number | undefined): string[] {
  if (before === after) return [];
  if (before === undefined)
    return [`${what} may grow by at most ${formatPercentage(after ?? 0)}; it had no rule.`];
  if (after === undefined)
    return [`${what} loses its rule of at most ${formatPercentage(before)} of growth.`];
  return [
    `The allowed growth of ${what} goes from ${formatPercentage(before)} to ${formatPercentage(after)}.`,
  ];
}

function fieldChanges(before: readonly FieldSpec[], after: readonly FieldSpec[]): string[] {
  const out: string[] = [];
  const was = byKey(before, 'path');
  const is = byKey(after, 'path');
  for (const [path, field] of was) {
    const now = is.get(path);
    const name = `The field ${shown(path)}`;
    if (now === undefined) {
      out.push(`${name} is no longer judged.`);
      continue;
    }
    if (field.critical !== now.critical)
      out.push(`${name} is ${now.critical ? 'now' : 'no longer'} critical.`);
    out.push(...maskChange(`the field ${shown(path)}`, field, now));
    if (field.weight !== now.weight)
      out.push(`The weight of the field ${shown(path)} goes from ${field.weight} to ${now.weight}.`);
    out.push(...specChanges(path, field.spec, now.spec));
  }
  for (const path of is.keys()) if (!was.has(path)) out.push(`The field ${shown(path)} is new.`);
  return out;
}

function maskChange(
  what: string,
  before: { readonly masked?: true } | undefined,
  after: { readonly masked?: true },
): string[] {
  if (before?.masked === after.masked) return [];
  return [
    after.masked === true
      ? `Reports will no longer show values of ${what}, nor the documents.`
      : `Reports will show values of ${what}, which are masked so far.`,
  ];
}

function specChanges(path: string, before: ValueSpec, after: ValueSpec): string[] {
  if (same(before, after)) return [];
  if (before.type !== after.type)
    return [`The field ${shown(path)} is compared as ${after.type} instead of ${before.type}.`];
  if (before.type === 'table' && after.type === 'table') {
    const is = byKey(after.columns, 'name');
    const was = byKey(before.columns, 'name');
    return [
      ...before.columns.flatMap(({ name, spec }) => {
        const now = is.get(name);
        const column = `${path}.${name}`;
        return now === undefined
          ? [`The column ${shown(column)} is no longer judged.`]
          : [
              ...maskChange(`the column ${shown(column)}`, was.get(name), now),
              ...specChanges(column, spec, now.spec),
            ];
      }),
      ...after.columns
        .filter(({ name }) => !was.has(name))
        .map(({ name }) => `The column ${shown(`${path}.${name}`)} is new.`),
    ];
  }
  return [
    `The field ${shown(path)} is compared differently: ${describe(before)} becomes ${describe(after)}.`,
  ];
}

function describe(spec: ValueSpec): string {
  if (spec.type === 'list') return `${spec.ordered ? 'ordered ' : ''}list of ${describe(spec.of)}`;
  if (spec.type === 'table') return 'table';
  const said = Object.entries(spec as ScalarSpec & Record<string, unknown>)
    .filter(([key, value]) => key !== 'type' && !(key === 'threshold' && value === 1))
    .map(([key, value]) => `${key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)} ${plain(value)}`);
  return said.length === 0 ? spec.type : `${spec.type} (${said.join(', ')})`;
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'any' : value.map(plain).join('/');
  if (typeof value === 'object' && value !== null) {
    const tolerance = value as { kind?: unknown; value?: unknown };
    if (tolerance.kind === 'relative') return formatPercentage(Number(tolerance.value));
    if (tolerance.kind === 'absolute') return String(tolerance.value);
    const entries = Object.entries(value);
    return entries.length === 0
      ? 'none'
      : entries.map(([key, each]) => `${shown(key)}: ${plain(each)}`).join('; ');
  }
  return shown(value).replace(/^"|"$/g, '');
}

function pipelineChanges(before: Pipeline, after: Pipeline): string[] {
  const out: string[] = [];
  const text = (what: string, was: string | undefined, is: string | undefined) => {
    if (was === is) return;
    if (is === undefined) out.push(`${what} is removed (it was ${shown(was)}).`);
    else if (was === undefined) out.push(`${what} is new: ${shown(is)}.`);
    else out.push(`${what} changes from ${shown(was)} to ${shown(is)}.`);
  };
  text('The run command', before.extract.run, after.extract.run);
  text('The setup command', before.extract.setup, after.extract.setup);
  text('The container image', before.extract.image, after.extract.image);
  text('The dataset', before.dataset, after.dataset);
  const gone = before.paths.filter((path) => !after.paths.includes(path));
  const added = after.paths.filter((path) => !before.paths.includes(path));
  for (const path of gone) {
    out.push(
      path.startsWith('!')
        ? `The exception ${shown(path)} from the watched paths is removed.`
        : `Files that match ${shown(path)} are no longer watched.`,
    );
  }
  for (const path of added) {
    out.push(
      path.startsWith('!')
        ? `Files that match ${shown(path.slice(1))} are no longer watched.`
        : `Files that match ${shown(path)} are now watched.`,
    );
  }
  if (gone.length + added.length === 0 && !same(before.paths, after.paths))
    out.push('The order of the watched paths changes.');
  out.push(
    ...setting('mode', before.extract.mode, after.extract.mode),
    ...setting('timeout', formatDuration(before.extract.timeoutMs), formatDuration(after.extract.timeoutMs)),
    ...setting(
      'document_timeout',
      formatDuration(before.extract.documentTimeoutMs),
      formatDuration(after.extract.documentTimeoutMs),
    ),
    ...setting('deterministic', before.extract.deterministic, after.extract.deterministic),
    ...setting('repeats', before.extract.repeats, after.extract.repeats),
  );
  const hidden = before.extract.env.filter((name) => !after.extract.env.includes(name));
  const seen = after.extract.env.filter((name) => !before.extract.env.includes(name));
  if (seen.length > 0) out.push(`The extractor may now see the environment variables ${seen.join(', ')}.`);
  if (hidden.length > 0)
    out.push(`The extractor no longer sees the environment variables ${hidden.join(', ')}.`);
  return out;
}

function setting(key: string, before: string | number | boolean, after: string | number | boolean): string[] {
  return before === after ? [] : [`The setting ${key} goes from ${before} to ${after}.`];
}

function topChanges(base: Config, head: Config): string[] {
  const money = (value: { amount: string; currency: string } | undefined) =>
    value === undefined ? 'none' : `${value.amount} ${value.currency}`;
  return [
    ...setting('labels', base.labels, head.labels),
    ...setting('missing_labels', base.missingLabels, head.missingLabels),
    ...setting('on_base_move', base.onBaseMove, head.onBaseMove),
    ...setting('not_applicable', base.notApplicable, head.notApplicable),
    ...setting('untrusted', base.untrusted, head.untrusted),
    ...setting('merge_queue', base.mergeQueue, head.mergeQueue),
    ...setting('comment', base.comment, head.comment),
    ...setting('drafts', base.drafts, head.drafts),
    ...setting('override.roles', base.override.roles.join(', '), head.override.roles.join(', ')),
    ...setting(
      'override.expires',
      formatDuration(base.override.expiresMs),
      formatDuration(head.override.expiresMs),
    ),
    ...setting('runner.kind', base.runner.kind, head.runner.kind),
    ...setting('runner.cpu', base.runner.cpu, head.runner.cpu),
    ...setting('runner.memory', formatSize(base.runner.memoryBytes), formatSize(head.runner.memoryBytes)),
    ...setting('runner.shards', base.runner.shards, head.runner.shards),
    ...setting(
      'runner.wall_time',
      formatDuration(base.runner.wallTimeMs),
      formatDuration(head.runner.wallTimeMs),
    ),
    ...setting('runner.spot', base.runner.spot, head.runner.spot),
    ...setting('runner.gpu', base.runner.gpu, head.runner.gpu),
    ...setting('runner.network', base.runner.network, head.runner.network),
    ...setting('budget.per_run', money(base.budget.perRun), money(head.budget.perRun)),
    ...setting('budget.per_month', money(base.budget.perMonth), money(head.budget.perMonth)),
  ];
}
