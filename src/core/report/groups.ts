/**
 * Documents that became wrong, grouped by what they have in common: the same field in the same way, the same failure, and
 * a template or slice that has more of them than its share of the dataset. A document can be in several groups.
 */
import { ALL_DOCUMENTS, type DocumentFilter, failsNow, slicesOf } from './filter.js';
import type { Report, ReportCell, ReportDocument } from './schema.js';
import { count, percent } from './values.js';
import { name } from './words.js';

export interface DocumentGroup {
  /** Worst first, as in the report. */
  readonly documents: readonly string[];
  /** Documents that became wrong, in all groups together. */
  readonly of: number;
  /** `buyer.city is missing now`. */
  readonly says: string;
  /** `12 of them are template vendor-7`; null when nothing else stands out. */
  readonly share: string | null;
  /** Shows these documents. */
  readonly filter: DocumentFilter;
}

/** More would not be groups but a list. */
export const GROUPS = 24;
/** A template or slice stands out from so many documents, that share of the group, and so many times its share of the dataset. */
const FEWEST = 2;
const SHARE = 0.5;
const LIFT = 2;

/** `14 of 16: buyer.city is missing now; 12 of them are template vendor-7`. */
export function groupText({ documents, of, says, share }: DocumentGroup): string {
  return `${count(documents.length)} of ${count(of)}: ${says}${share === null ? '' : `; ${share}`}`;
}

/** Largest first; at most `GROUPS`. One pass over the cells of the report. */
export function groupsOf(report: Report): readonly DocumentGroup[] {
  const wrong = report.documents.filter(becameWrong);
  if (wrong.length === 0) return [];
  const sorted = new Map<string, { says: string; filter: DocumentFilter; documents: ReportDocument[] }>();
  const put = (key: string, document: ReportDocument, says: () => string, filter: DocumentFilter): void => {
    const group = sorted.get(key);
    if (group === undefined) sorted.set(key, { says: says(), filter, documents: [document] });
    else if (group.documents.at(-1) !== document) group.documents.push(document);
  };
  for (const document of wrong) {
    // Every field of a document without a prediction is missing: that is one thing to say, not one for each field.
    if (failsNow(document)) {
      const status = document.head_status;
      put(JSON.stringify(['failed', status]), document, () => failureWords(status), {
        ...ALL_DOCUMENTS,
        change: 'became-wrong',
        kind: status,
      });
      continue;
    }
    for (const { field, change, head_outcome: outcome } of document.cells) {
      if (change !== 'regressed') continue;
      put(
        JSON.stringify([field, outcome]),
        document,
        () => `${name(field, 60)} ${OUTCOME_WORDS[outcome]} now`,
        {
          ...ALL_DOCUMENTS,
          field,
          change: 'became-wrong',
          kind: outcome,
        },
      );
    }
  }
  const traits = traitsOf(report.documents);
  const of = wrong.length;
  const groups: DocumentGroup[] = [...sorted.values()].map(({ says, filter, documents }) => ({
    documents: documents.map(({ id }) => id),
    of,
    says,
    share: shareWords(traits, documents, report.documents.length),
    filter,
  }));
  const same = new Set(groups.map(({ documents }) => setKey(documents)));
  const together = standingOut(traits, wrong, report.documents.length, SHARE / 5)
    .map(({ trait, documents }) => ({
      documents: documents.map(({ id }) => id),
      of,
      says: `${trait.words} became wrong`,
      share: `that is ${percent(trait.documents / report.documents.length)} of the dataset`,
      filter: trait.filter,
    }))
    .filter(({ documents }) => documents.length > FEWEST && !same.has(setKey(documents)));
  return [...groups, ...together]
    .sort(
      (a, b) => b.documents.length - a.documents.length || (a.says < b.says ? -1 : a.says > b.says ? 1 : 0),
    )
    .slice(0, GROUPS);
}

function becameWrong(document: ReportDocument): boolean {
  return failsNow(document) || document.cells.some(({ change }) => change === 'regressed');
}

const OUTCOME_WORDS: Readonly<Record<ReportCell['head_outcome'], string>> = {
  missing: 'is missing',
  wrong: 'has a wrong value',
  spurious: 'has a value where there is none',
  // Right on both counts; a cell that became wrong is neither.
  correct: 'is right',
  absent: 'is absent',
};

const FAILURE_WORDS: Readonly<Record<string, string>> = {
  crashed: 'the extractor crashes now',
  'invalid-output': 'the extractor prints no valid JSON object now',
  timeout: 'the extractor runs out of time now',
  memory: 'the extractor runs out of memory now',
  'output-limit': 'the extractor prints more than is read now',
  'not-run': 'the extractor was not run: its side ran out of time',
};

function failureWords(status: string): string {
  const known = Object.hasOwn(FAILURE_WORDS, status) ? FAILURE_WORDS[status] : undefined;
  return known ?? `the extractor gives no valid prediction now (${name(status, 30)})`;
}

/** What a document can have in common with others beside its fields. */
interface Trait {
  /** `template vendor-7`. */
  readonly words: string;
  readonly filter: DocumentFilter;
  /** Of the whole dataset. */
  readonly documents: number;
}

function keysOf(document: ReportDocument): readonly string[] {
  return [
    ...(document.template === undefined ? [] : [`template:${document.template}`]),
    ...slicesOf(document).map((slice) => `slice:${slice}`),
  ];
}

function traitsOf(documents: readonly ReportDocument[]): ReadonlyMap<string, Trait> {
  const counts = new Map<string, number>();
  for (const document of documents)
    for (const key of keysOf(document)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return new Map([...counts].map(([key, of]) => [key, traitOf(key, of)]));
}

function traitOf(key: string, documents: number): Trait {
  const value = key.slice(key.indexOf(':') + 1);
  if (key.startsWith('template:'))
    return {
      words: `template ${name(value, 60)}`,
      filter: { ...ALL_DOCUMENTS, change: 'became-wrong', template: value },
      documents,
    };
  const [slice = '', ...rest] = value.split(':');
  return {
    words: `${name(slice, 30)} ${name(rest.join(':'), 60)}`,
    filter: { ...ALL_DOCUMENTS, change: 'became-wrong', slice: value },
    documents,
  };
}

/** Traits that more of these documents have than their share of the dataset, the one with most documents first. */
function standingOut(
  traits: ReadonlyMap<string, Trait>,
  documents: readonly ReportDocument[],
  inAll: number,
  atLeast: number,
): readonly { readonly trait: Trait; readonly documents: readonly ReportDocument[] }[] {
  const mine = new Map<string, ReportDocument[]>();
  for (const document of documents)
    for (const key of keysOf(document)) {
      const list = mine.get(key);
      if (list === undefined) mine.set(key, [document]);
      else list.push(document);
    }
  const found: { trait: Trait; documents: readonly ReportDocument[] }[] = [];
  for (const [key, list] of mine) {
    const trait = traits.get(key);
    if (trait === undefined || list.length < FEWEST) continue;
    const share = list.length / documents.length;
    if (share >= atLeast && share >= LIFT * (trait.documents / inAll)) found.push({ trait, documents: list });
  }
  // Of two that hold the same documents, the rarer one says more.
  return found.sort(
    (a, b) => b.documents.length - a.documents.length || a.trait.documents - b.trait.documents,
  );
}

function shareWords(
  traits: ReadonlyMap<string, Trait>,
  documents: readonly ReportDocument[],
  inAll: number,
): string | null {
  const [first] = standingOut(traits, documents, inAll, SHARE);
  if (first === undefined) return null;
  const all = first.documents.length === documents.length;
  return `${all ? 'all' : count(first.documents.length)} of them are ${first.trait.words}`;
}

function setKey(documents: readonly string[]): string {
  return JSON.stringify([...documents].sort());
}
