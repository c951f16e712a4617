/** The file as written → the configuration as the rest of the house knows it: units resolved, every default in place. */
import Big from 'big.js';
import type {
  ColumnSpec,
  Config,
  FieldSpec,
  Gate,
  Pipeline,
  ScalarSpec,
  Tolerance,
  ValueSpec,
} from '../words.js';
import { parseAmount } from './amounts.js';
import { parseDuration } from './durations.js';
import type { RawColumn, RawField, RawScalar } from './field-schema.js';
import { parsePercentage } from './percentages.js';
import type { RawConfig, RawPipeline } from './schema.js';
import { parseSize } from './sizes.js';

const FUZZY_THRESHOLD = 0.85;
const ADDRESS_THRESHOLD = 0.8;

/** @param raw what the schema accepted; never fails on it. */
export function normalise(raw: RawConfig): Config {
  const perRun = raw.budget.per_run === undefined ? undefined : parseAmount(raw.budget.per_run);
  const perMonth = raw.budget.per_month === undefined ? undefined : parseAmount(raw.budget.per_month);
  return {
    version: 1,
    pipelines: Object.entries(raw.pipelines).map(([name, pipeline]) => normalisePipeline(name, pipeline)),
    runner: {
      kind: raw.runner.kind,
      cpu: raw.runner.cpu,
      memoryBytes: parseSize(raw.runner.memory) ?? 0,
      shards: raw.runner.shards,
      wallTimeMs: parseDuration(raw.runner.wall_time) ?? 0,
      spot: raw.runner.spot,
      gpu: raw.runner.gpu,
      network: raw.runner.network,
    },
    labels: raw.labels,
    missingLabels: raw.missing_labels,
    onBaseMove: raw.on_base_move,
    notApplicable: raw.not_applicable,
    untrusted: raw.untrusted,
    mergeQueue: raw.merge_queue,
    comment: raw.comment,
    drafts: raw.drafts,
    override: { roles: raw.override.roles, expiresMs: parseDuration(raw.override.expires) ?? 0 },
    budget: { ...(perRun && { perRun }), ...(perMonth && { perMonth }) },
  };
}

function normalisePipeline(name: string, raw: RawPipeline): Pipeline {
  const { extract } = raw;
  return {
    name,
    paths: raw.paths,
    // `eval/invoices/` and `./eval/invoices` name the same folder.
    dataset: raw.dataset.includes('://')
      ? raw.dataset
      : raw.dataset.replace(/^(?:\.\/)+(?=.)/, '').replace(/(?<=.)\/+$/, ''),
    extract: {
      run: extract.run,
      mode: extract.mode,
      ...(extract.setup !== undefined && { setup: extract.setup }),
      ...(extract.image !== undefined && { image: extract.image }),
      timeoutMs: parseDuration(extract.timeout) ?? 0,
      documentTimeoutMs: parseDuration(extract.document_timeout) ?? 0,
      deterministic: extract.deterministic,
      repeats: extract.repeats,
      env: extract.env,
    },
    fields: Object.entries(raw.fields).map(([path, field]) => normaliseField(path, field)),
    gate: normaliseGate(raw.gate),
  };
}

function normaliseGate(raw: RawPipeline['gate']): Gate {
  const rule = ({ max_drop, min }: { max_drop?: number | undefined; min?: number | undefined }) => ({
    ...(max_drop !== undefined && { maxDrop: max_drop }),
    ...(min !== undefined && { min }),
  });
  const increase = (text: string | undefined) =>
    text === undefined ? undefined : Number(parsePercentage(text));
  const latencyMaxIncrease = increase(raw.latency?.max_increase);
  const costMaxIncrease = increase(raw.cost?.max_increase);
  return {
    maxDrop: raw.max_drop,
    ...(raw.min !== undefined && { min: raw.min }),
    fields: Object.entries(raw.fields).map(([pattern, each]) => ({ pattern, ...rule(each) })),
    slices: Object.entries(raw.slices).map(([slice, each]) => ({ slice, ...rule(each) })),
    maxNewErrors: Object.entries(raw.max_new_errors).map(([pattern, max]) => ({ pattern, max })),
    judge: raw.judge,
    onHiddenLosses: raw.on_hidden_losses,
    alpha: raw.alpha,
    onInconclusive: raw.on_inconclusive,
    ...(latencyMaxIncrease !== undefined && { latencyMaxIncrease }),
    ...(costMaxIncrease !== undefined && { costMaxIncrease }),
    enforce: raw.enforce,
  };
}

function normaliseField(path: string, raw: RawField): FieldSpec {
  if (typeof raw === 'string') return { path, spec: scalar(raw), weight: 1, critical: false };
  return { path, spec: value(raw), weight: raw.weight, critical: raw.critical, ...masked(raw) };
}

/** Said only where it holds, so that plans of configurations without it stay what they were. */
function masked(raw: Exclude<RawField | RawColumn, string>): { masked?: true } {
  return raw.mask ? { masked: true } : {};
}

function value(raw: Exclude<RawField, string>): ValueSpec {
  if (raw.type === 'list') return { type: 'list', of: scalar(raw.of), ordered: raw.ordered };
  if (raw.type === 'table') {
    const columns: ColumnSpec[] = Object.entries(raw.columns).map(([name, column]) => ({
      name,
      spec: scalar(column),
      ...(typeof column === 'string' ? {} : masked(column)),
    }));
    return { type: 'table', columns };
  }
  return scalar(raw);
}

function scalar(written: RawScalar): ScalarSpec {
  // Every option is optional, so a type alone is a long form too.
  const raw = typeof written === 'string' ? ({ type: written } as Exclude<RawScalar, string>) : written;
  switch (raw.type) {
    case 'text': {
      const match = raw.match ?? 'normalized';
      // Outside `fuzzy` only equality counts.
      return { type: 'text', match, threshold: match === 'fuzzy' ? (raw.threshold ?? FUZZY_THRESHOLD) : 1 };
    }
    case 'number':
      return { type: 'number', decimal: raw.decimal ?? 'auto', ...tolerance(raw.tolerance) };
    case 'money':
      return {
        type: 'money',
        decimal: raw.decimal ?? 'auto',
        ...tolerance(raw.tolerance),
        missingCurrency: raw.missing_currency ?? 'label',
      };
    case 'date':
      return {
        type: 'date',
        ...(raw.day_first !== undefined && { dayFirst: raw.day_first }),
        ...(raw.pivot !== undefined && { pivot: raw.pivot }),
      };
    case 'enum':
      return { type: 'enum', values: raw.values ?? [], aliases: raw.aliases ?? {} };
    case 'phone':
      return { type: 'phone', ...(raw.region !== undefined && { region: raw.region }) };
    case 'address':
      return { type: 'address', threshold: raw.threshold ?? ADDRESS_THRESHOLD };
    case 'id':
    case 'boolean':
      return { type: raw.type };
  }
}

function tolerance(raw: number | string | undefined): { tolerance?: Tolerance } {
  if (raw === undefined) return {};
  if (typeof raw === 'number') return { tolerance: { kind: 'absolute', value: new Big(raw).toFixed() } };
  return { tolerance: { kind: 'relative', value: parsePercentage(raw) ?? '0' } };
}
