import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { isEmpty } from '../../core/dataset/paths.js';
import { canonicalJson } from '../../core/plan/canonical.js';
import { isObject } from '../../core/score/values.js';
import { quote } from '../../core/dataset/quote.js';
import { scanJson } from '../../core/dataset/scan.js';
import { UsageError } from '../../core/errors.js';
import { JSON_DEPTH } from '../../core/limits.js';
import type { Json, JsonObject } from '../../core/words.js';
import { codeOf } from '../documents.js';
import { inFolder, readExport } from './find.js';
import { PlanBuilder, type ImportPlan } from './write.js';

/**
 * Reads a test set of the AWS document-processing accelerator:
 * `input/FILE` and `baseline/FILE/sections/N/result.json`, each with `document_class.type`, `split_document` and
 * `inference_result`. https://github.com/aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws
 * (docs/test-studio.md). The fields of a document's sections are merged; two sections that say different things about one
 * field cannot be one document's truth, and the document is skipped. The class becomes the slice `document_class`.
 */
export async function planAws(source: string): Promise<ImportPlan> {
  const plan = new PlanBuilder();
  for (const folder of ['input', 'baseline']) {
    const there = await stat(join(source, folder)).catch(() => undefined);
    if (there?.isDirectory() !== true) {
      throw new UsageError(
        `${source} has no folder ${folder}/`,
        'name the folder of the test set: it holds input/ and baseline/',
      );
    }
  }
  const inputs = await filesBelow(join(source, 'input'), plan);
  const seen = new Set<string>();
  for (const name of inputs) {
    seen.add(name);
    await addDocument(source, name, plan);
  }
  for (const name of await baselinesBelow(join(source, 'baseline'))) {
    if (!seen.has(name)) plan.skip(`baseline/${name}`, `there is no input/${name}`);
  }
  return plan.build();
}

async function addDocument(source: string, name: string, plan: PlanBuilder): Promise<void> {
  const what = `input/${name}`;
  const file = await inFolder(join(source, 'input'), name);
  if ('problem' in file) {
    plan.skip(what, file.problem);
    return;
  }
  const sections = await readSections(join(source, 'baseline', name, 'sections'));
  if ('problem' in sections) {
    plan.skip(what, sections.problem.replace('SECTIONS', `baseline/${name}/sections`));
    return;
  }
  const merged = merge(sections.sections);
  if ('problem' in merged) {
    plan.skip(what, merged.problem);
    return;
  }
  if (isEmpty(merged.fields)) {
    plan.skip(what, 'its baseline has no value in any section');
    return;
  }
  if (sections.sections.length > 1)
    plan.note(`${what}: the fields of ${sections.sections.length} sections were merged`);
  const extension = extname(name);
  // A test set may have folders in input/; an id is one name.
  const id = name.slice(0, name.length - extension.length).replaceAll('/', '--');
  const slices = merged.documentClass === undefined ? {} : { document_class: merged.documentClass };
  plan.add(
    what,
    id,
    { origin: { kind: 'path', path: file.path }, extension },
    { fields: merged.fields, accept: {}, slices },
  );
}

interface Section {
  /** Name of its folder: `1`, `2` … */
  readonly name: string;
  readonly documentClass?: string;
  readonly fields: JsonObject;
}

async function readSections(folder: string): Promise<{ sections: Section[] } | { problem: string }> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  } catch (error) {
    return {
      problem:
        codeOf(error) === 'ENOENT' ? 'it has no SECTIONS/' : `SECTIONS/ cannot be read (${codeOf(error)})`,
    };
  }
  if (names.length === 0) return { problem: 'SECTIONS/ is empty' };
  const sections: Section[] = [];
  for (const name of names.sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1))) {
    const where = `SECTIONS/${name}/result.json`;
    const file = await inFolder(folder, `${name}/result.json`);
    if ('problem' in file) return { problem: `there is no ${where}` };
    const parsed = parseResult(await readExport(file.path), where);
    if ('problem' in parsed) return parsed;
    sections.push({ name, ...parsed.section });
  }
  return { sections };
}

function parseResult(text: string, where: string): { section: Omit<Section, 'name'> } | { problem: string } {
  let result: Json;
  try {
    result = JSON.parse(text) as Json;
  } catch {
    return { problem: `${where} is not JSON` };
  }
  const scan = scanJson(text);
  if (scan.depth > JSON_DEPTH) return { problem: `${where} is nested too deeply` };
  const finding = scan.findings[0];
  if (finding) return { problem: `${where}: ${finding.kind.replace('-', ' ')} ${quote(finding.text)}` };
  const fields = isObject(result) ? result['inference_result'] : undefined;
  if (!isObject(result) || !isObject(fields)) return { problem: `${where} has no object "inference_result"` };
  const kind = isObject(result['document_class']) ? result['document_class']['type'] : undefined;
  return { section: { fields, ...(typeof kind === 'string' && kind !== '' ? { documentClass: kind } : {}) } };
}

function merge(
  sections: readonly Section[],
): { fields: JsonObject; documentClass?: string } | { problem: string } {
  const fields = new Map<string, { section: string; value: Json }>();
  for (const section of sections) {
    for (const [key, value] of Object.entries(section.fields)) {
      const other = fields.get(key);
      if (
        other &&
        !isEmpty(other.value) &&
        !isEmpty(value) &&
        canonicalJson(other.value) !== canonicalJson(value)
      ) {
        return {
          problem: `its sections ${other.section} and ${section.name} have different values of ${quote(key)}; split it into one file for each section`,
        };
      }
      if (!other || isEmpty(other.value)) fields.set(key, { section: section.name, value });
    }
  }
  const classes = [...new Set(sections.flatMap(({ documentClass }) => documentClass ?? []))].sort();
  return {
    fields: Object.fromEntries([...fields].map(([key, { value }]) => [key, value])),
    ...(classes.length > 0 ? { documentClass: classes.join(' + ') } : {}),
  };
}

/** Files below `input/`, relative with `/`, sorted; links to folders are not followed. */
async function filesBelow(root: string, plan: PlanBuilder): Promise<string[]> {
  const found: string[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) await walk(name);
      else if (entry.isFile() || entry.isSymbolicLink()) found.push(name);
      else plan.skip(`input/${name}`, 'it is neither a file nor a folder');
    }
  };
  await walk('');
  return found.sort();
}

/** Names of the documents that have a folder `sections` in `baseline/`. */
async function baselinesBelow(root: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      if (entry.name === 'sections' && below !== '') found.push(below);
      else await walk(below === '' ? entry.name : `${below}/${entry.name}`);
    }
  };
  await walk('');
  return found.sort();
}
