import type { EnumSpec, ScalarSpec } from '../words.js';
import { isSupportedCountry } from 'libphonenumber-js/min';
import { shown } from './quote.js';
import type { Examined } from './rules.js';
import type { Path } from './yaml.js';

/** `fields` of one pipeline: paths that collide, options that have no effect. */
export function fieldRules(examined: Examined): void {
  const { pipeline, raw, error } = examined;
  if (pipeline.fields.length === 0) {
    error(
      'no_field',
      ['fields'],
      'fields is empty: nothing would be judged. Write at least one, such as invoice_number: id.',
    );
  }
  const known = new Map(pipeline.fields.map((field) => [field.path, field.spec.type]));
  for (const field of pipeline.fields) {
    const at: Path = ['fields', field.path];
    const parts = field.path.split('.');
    for (let length = 1; length < parts.length; length += 1) {
      const parent = parts.slice(0, length).join('.');
      const type = known.get(parent);
      if (type === undefined) continue;
      const mend =
        type === 'table'
          ? `Put ${shown(parts.slice(length).join('.'))} under the columns of ${shown(parent)}.`
          : `A value cannot be a ${type} and hold fields at once: keep ${shown(parent)}, or the fields below it.`;
      error(
        'field_inside_field',
        at,
        `${shown(field.path)} lies inside the field ${shown(parent)}. ${mend}`,
        'key',
      );
    }
    const written = raw.fields[field.path];
    if (typeof written !== 'object') continue;
    if (field.spec.type === 'table') {
      if (field.spec.columns.length === 0) {
        error(
          'no_column',
          [...at, 'columns'],
          `${shown(field.path)} has no columns. Write at least one, such as columns: { name: text }.`,
        );
      }
      for (const column of field.spec.columns)
        scalarRules(examined, column.spec, [...at, 'columns', column.name]);
    } else if (field.spec.type === 'list') {
      scalarRules(examined, field.spec.of, [...at, 'of']);
    } else {
      scalarRules(examined, field.spec, at);
    }
  }
}

function scalarRules(examined: Examined, spec: ScalarSpec, at: Path): void {
  const written = writtenAt(examined, at);
  if (spec.type === 'text' && spec.match !== 'fuzzy' && written('threshold')) {
    examined.error(
      'threshold_without_fuzzy',
      [...at, 'threshold'],
      `threshold is used with match: fuzzy only, and match is ${spec.match} here. Add match: fuzzy, or remove threshold.`,
      'key',
    );
  }
  if (spec.type === 'phone' && spec.region !== undefined && !isSupportedCountry(spec.region)) {
    const hint =
      spec.region === 'UK'
        ? ' Write GB for the United Kingdom.'
        : ' Write an ISO 3166-1 code, such as DE, US or GB.';
    examined.error(
      'bad_region',
      [...at, 'region'],
      `${shown(spec.region)} is not a country with telephone numbers.${hint}`,
    );
  }
  if (spec.type === 'enum') enumRules(examined, spec, at);
}

function enumRules({ error }: Examined, spec: EnumSpec, at: Path): void {
  const fold = (text: string) => text.normalize('NFKC').toLowerCase().trim();
  const values = new Map<string, string>();
  for (const [index, value] of spec.values.entries()) {
    const twin = values.get(fold(value));
    if (twin !== undefined) {
      error(
        'duplicate_value',
        [...at, 'values', index],
        `${shown(value)} is the same value as ${shown(twin)}: case does not count. Keep one.`,
      );
    }
    values.set(fold(value), value);
  }
  const owners = new Map<string, string>();
  for (const [canonical, spellings] of Object.entries(spec.aliases)) {
    if (values.size > 0 && !values.has(fold(canonical))) {
      error(
        'alias_of_unknown',
        [...at, 'aliases', canonical],
        `aliases has ${shown(canonical)}, which is not among values. Add it to values.`,
        'key',
      );
    }
    for (const [index, spelling] of spellings.entries()) {
      const owner = owners.get(fold(spelling)) ?? values.get(fold(spelling));
      if (owner !== undefined && fold(owner) !== fold(canonical)) {
        error(
          'ambiguous_alias',
          [...at, 'aliases', canonical, index],
          `${shown(spelling)} already stands for ${shown(owner)} and cannot stand for ${shown(canonical)} too. Remove one.`,
        );
      }
      owners.set(fold(spelling), canonical);
    }
  }
}

/** Whether the user wrote an option at this place (a default must not be blamed). */
function writtenAt({ raw }: Examined, at: Path): (option: string) => boolean {
  let value: unknown = raw;
  for (const step of at)
    value =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  return (option) => typeof value === 'object' && value !== null && Object.hasOwn(value, option);
}
