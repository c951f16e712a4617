import { ruleReaches } from './patterns.js';
import { didYouMean, shown } from './quote.js';
import type { Examined } from './rules.js';
import type { Path } from './yaml.js';

/** `gate` of one pipeline: rules that hold for nothing, and settings that contradict each other. */
export function gateRules(examined: Examined): void {
  const { pipeline, raw, error, warn } = examined;
  const { gate } = pipeline;
  const paths = pipeline.fields.flatMap(({ path, spec }) =>
    spec.type === 'table' ? [path, ...spec.columns.map((column) => `${path}.${column.name}`)] : [path],
  );
  const unknown = (section: 'fields' | 'max_new_errors', pattern: string) => {
    const reached = pipeline.fields.some(
      ({ path, spec }) =>
        ruleReaches(pattern, path) ||
        (spec.type === 'table' && spec.columns.some((column) => ruleReaches(pattern, path, column.name))),
    );
    if (reached) return;
    const what = pattern.includes('*')
      ? 'matches no field, and no column of a table that it names,'
      : 'is not a field or column';
    error(
      'rule_for_nothing',
      ['gate', section, pattern],
      `gate.${section}: ${shown(pattern)} ${what} of this pipeline.${didYouMean(pattern, paths) || ` Fields: ${listed(paths)}.`}`,
      'key',
    );
  };
  for (const rule of gate.fields) {
    unknown('fields', rule.pattern);
    if (rule.maxDrop === undefined && rule.min === undefined) emptyRule(['gate', 'fields', rule.pattern]);
  }
  for (const rule of gate.maxNewErrors) unknown('max_new_errors', rule.pattern);
  for (const rule of gate.slices) {
    if (rule.maxDrop === undefined && rule.min === undefined) emptyRule(['gate', 'slices', rule.slice]);
  }
  function emptyRule(path: Path): void {
    error(
      'empty_rule',
      path,
      `The rule of ${shown(path.at(-1))} says nothing. Write { max_drop: 2 } or { min: 0.90 }, or remove it.`,
      'key',
    );
  }

  smallDrop(raw.gate.max_drop, ['gate', 'max_drop']);
  for (const rule of gate.fields) smallDrop(rule.maxDrop, ['gate', 'fields', rule.pattern, 'max_drop']);
  for (const rule of gate.slices) smallDrop(rule.maxDrop, ['gate', 'slices', rule.slice, 'max_drop']);
  function smallDrop(drop: number | undefined, path: Path): void {
    if (drop === undefined || drop === 0 || drop >= 0.1) return;
    warn(
      'suspicious_drop',
      path,
      `max_drop is in percentage points: ${drop} is ${drop} of one point. If ${+(drop * 100).toPrecision(3)} points are meant, write ${+(drop * 100).toPrecision(3)}.`,
    );
  }

  if (pipeline.extract.deterministic === true && gate.judge === 'statistical') {
    warn(
      'judge_mismatch',
      ['gate', 'judge'],
      'judge: statistical excuses small drops as noise, and deterministic: true says that there is none. Write judge: exact or auto.',
    );
  }
  if (pipeline.extract.deterministic === false && gate.judge === 'exact') {
    warn(
      'judge_mismatch',
      ['gate', 'judge'],
      'judge: exact blocks every drop, and deterministic: false says that runs differ by chance: harmless changes will be blocked. Write judge: statistical or auto.',
    );
  }
}

function listed(paths: readonly string[]): string {
  const some = paths.slice(0, 8).map((path) => shown(path).slice(1, -1));
  return some.join(', ') + (paths.length > some.length ? ', …' : '');
}
