/** The files of a repository → what `docops init` proposes. Looks at names, and at the content of likely programs. */

/** A program that could be the extractor, and how it is called. */
export interface FoundCommand {
  readonly file: string;
  readonly run: string;
  readonly mode: 'document' | 'batch';
}

/** Beginning of a file's text, undefined when it cannot be read. */
export type ReadHead = (path: string) => string | undefined;

const SOURCE = /\.(?:py|m?[jt]s|c[jt]s|go|rs|java|kt|rb|php|cs|scala|sh)$/;
const TESTS =
  /(?:^|\/)(?:tests?|__tests__|spec|specs|testdata|fixtures)\/|(?:^|\/)test_[^/]*$|[._-](?:test|spec)\.[^/]+$|(?:^|\/)conftest\.py$/;
const ASIDE = /^(?:docs?|examples?|notebooks?|bench(?:marks?)?|node_modules|dist|build|vendor|\.[^/]+)\//;
const MANIFEST =
  /^(?:requirements[^/]*\.txt|pyproject\.toml|poetry\.lock|uv\.lock|Pipfile|Pipfile\.lock|setup\.(?:py|cfg)|package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|go\.(?:mod|sum)|Cargo\.(?:toml|lock)|pom\.xml|build\.gradle(?:\.kts)?|Gemfile|Gemfile\.lock|composer\.(?:json|lock)|Dockerfile|\.python-version|\.nvmrc|\.node-version|\.tool-versions)$/;
/** Folders whose files are not code and decide the values all the same. */
const SUPPORT = /^(?:prompts?|models?|templates?|schemas?|rules|patterns|config)\//;

const inFolder = (folder: string) => (file: string) => folder === '.' || file.startsWith(`${folder}/`);

/** Folders with `labels.jsonl` and at least one file in `documents/`, the one with the most documents first. */
export function findDatasets(files: readonly string[]): { folder: string; documents: number }[] {
  const found: { folder: string; documents: number }[] = [];
  for (const file of files) {
    if (!/(?:^|\/)labels\.jsonl$/.test(file)) continue;
    const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '.';
    const prefix = folder === '.' ? 'documents/' : `${folder}/documents/`;
    const ids = new Set<string>();
    for (const other of files) {
      if (other.startsWith(prefix))
        ids.add((other.slice(prefix.length).split('/')[0] ?? '').replace(/\.[^.]*$/, ''));
    }
    if (ids.size > 0) found.push({ folder, documents: ids.size });
  }
  return found.toSorted((a, b) => b.documents - a.documents || (a.folder < b.folder ? -1 : 1));
}

/** The files that look like the extractor's own: not tests, not documentation, not the dataset. */
function sources(files: readonly string[], datasets: readonly string[]): string[] {
  const labelled = datasets.filter((folder) => folder !== '.').map(inFolder);
  return files.filter(
    (file) =>
      SOURCE.test(file) && !TESTS.test(file) && !ASIDE.test(file) && !labelled.some((inside) => inside(file)),
  );
}

/** @returns patterns, or undefined when no source code was found. */
export function proposePaths(files: readonly string[], datasets: readonly string[]): string[] | undefined {
  const code = sources(files, datasets);
  if (code.length === 0) return undefined;
  const folders = new Set<string>();
  const rootFiles: string[] = [];
  for (const file of code) {
    const slash = file.indexOf('/');
    if (slash < 0) rootFiles.push(file);
    else folders.add(file.slice(0, slash));
  }
  const labelled = datasets.filter((folder) => folder !== '.').map(inFolder);
  for (const file of files) {
    if (SUPPORT.test(file) && !labelled.some((inside) => inside(file)))
      folders.add(file.slice(0, file.indexOf('/')));
  }
  const paths = [...folders].toSorted().map((folder) => `${literal(folder)}/**`);
  // Many files in the root are named by their kind; then the tests among them are taken away again.
  const extensions = new Set(rootFiles.map((file) => file.slice(file.lastIndexOf('.'))));
  const byKind = rootFiles.length > 6;
  paths.push(...(byKind ? [...extensions].map((extension) => `*${extension}`) : rootFiles.map(literal)));
  if (byKind)
    paths.push(
      ...files
        .filter((file) => !file.includes('/') && TESTS.test(file) && SOURCE.test(file))
        .map((file) => `!${literal(file)}`),
    );
  paths.push(...files.filter((file) => MANIFEST.test(file)).map(literal));
  for (const folder of folders) {
    const inside = files.filter(inFolder(folder));
    if (inside.some((file) => /\.(?:md|rst)$/i.test(file) && !SUPPORT.test(file)))
      paths.push(`!${literal(folder)}/**/*.md`);
    const tests = new Set(
      inside.flatMap((file) => /^(.*?(?:^|\/)(?:tests?|__tests__))\//.exec(file)?.[1] ?? []),
    );
    paths.push(...[...tests].slice(0, 10).map((each) => `!${literal(each)}/**`));
  }
  const watched = datasets.filter((folder) => folder === '.' || folders.has(folder.split('/')[0] ?? ''));
  paths.push(
    ...watched.flatMap((folder) =>
      folder === '.' ? ['!documents/**', '!labels.jsonl', '!dataset.yml'] : [`!${literal(folder)}/**`],
    ),
  );
  return [...new Set(paths)];
}

const literal = (path: string) => path.replace(/[\\*?[\]{}()!+@]/g, '\\$&');

const NAMES: Readonly<Record<string, number>> = {
  extract: 6,
  extractor: 6,
  main: 4,
  __main__: 4,
  predict: 4,
  parse: 3,
  cli: 3,
  run: 3,
  index: 2,
  app: 1,
};
const BATCH = /DOCOPS_(?:PREDICTIONS|DOCUMENTS\b)/;

/** The most likely extractor, or undefined: better none than a wrong one. */
export function proposeCommand(
  files: readonly string[],
  datasets: readonly string[],
  read: ReadHead,
): FoundCommand | undefined {
  const manifest = parseObject(read('package.json'));
  let best: { score: number; found: FoundCommand } | undefined;
  for (const file of sources(files, datasets).slice(0, 500)) {
    const content = read(file);
    if (content === undefined) continue;
    const start = launcher(file, content, files, manifest);
    if (start === undefined) continue;
    const stem = (file.split('/').at(-1) ?? '').replace(/\.[^.]+$/, '');
    const speaks = /DOCOPS_(?:DOCUMENT|PREDICTIONS)/.test(content);
    const named = Object.hasOwn(NAMES, stem) ? (NAMES[stem] ?? 0) : /extract/i.test(stem) ? 4 : 0;
    const declared = isDeclared(manifest, file) ? 3 : 0;
    if (named + declared === 0 && !speaks) continue;
    const score =
      named + declared + (speaks ? 10 : 0) + (/json/i.test(content) ? 1 : 0) - file.split('/').length * 0.5;
    if (best !== undefined && best.score >= score) continue;
    const mode = BATCH.test(content) ? 'batch' : 'document';
    // A program that reads the environment needs no argument.
    const own = /DOCOPS_DOCUMENT\b/.test(content) && !/argv|ARGV|os\.Args|\$1/.test(content);
    best = {
      score,
      found: { file, mode, run: mode === 'batch' || own ? start : `${start} "$DOCOPS_DOCUMENT"` },
    };
  }
  return best?.found;
}

function launcher(
  file: string,
  content: string,
  files: readonly string[],
  manifest: Record<string, unknown> | undefined,
): string | undefined {
  const quoted = /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
  if (file.endsWith('.py')) {
    if (file.endsWith('__main__.py') && file.includes('/')) {
      return `python3 -m ${file.replace(/\/__main__\.py$/, '').replaceAll('/', '.')}`;
    }
    if (!/__name__\s*==\s*['"]__main__['"]|sys\.argv|DOCOPS_|^print\(/m.test(content)) return undefined;
    // `from . import x` works only for a module of a package.
    const inPackage =
      files.includes(file.replace(/[^/]*$/, '__init__.py')) && /^\s*from \.+\w* import/m.test(content);
    return inPackage ? `python3 -m ${file.replace(/\.py$/, '').replaceAll('/', '.')}` : `python3 ${quoted}`;
  }
  if (/\.[cm]?js$/.test(file)) return /process\.argv|DOCOPS_/.test(content) ? `node ${quoted}` : undefined;
  if (/\.[cm]?ts$/.test(file)) {
    if (!/process\.argv|DOCOPS_/.test(content)) return undefined;
    const has = (name: string) =>
      ['dependencies', 'devDependencies'].some((key) => {
        const held = manifest?.[key];
        return typeof held === 'object' && held !== null && Object.hasOwn(held, name);
      });
    return has('tsx') ? `npx tsx ${quoted}` : has('ts-node') ? `npx ts-node ${quoted}` : undefined;
  }
  if (file.endsWith('.go')) {
    if (!/^package main\b/m.test(content) || !content.includes('func main()')) return undefined;
    const folder = file.includes('/') ? `./${file.slice(0, file.lastIndexOf('/'))}` : '.';
    return `go run ${folder}`;
  }
  if (file.endsWith('.rb')) return /ARGV|DOCOPS_/.test(content) ? `ruby ${quoted}` : undefined;
  if (file.endsWith('.sh')) return content.includes('DOCOPS_') ? `sh ${quoted}` : undefined;
  return undefined;
}

function isDeclared(manifest: Record<string, unknown> | undefined, file: string): boolean {
  const bin = manifest?.['bin'];
  const declared = [
    manifest?.['main'],
    ...(typeof bin === 'object' && bin !== null ? Object.values(bin as Record<string, unknown>) : [bin]),
  ];
  return declared.some((path) => typeof path === 'string' && path.replace(/^\.\//, '') === file);
}

/** The command that installs what the lock or requirements file names; undefined when there is nothing to install. */
export function proposeSetup(
  files: readonly string[],
  command: FoundCommand | undefined,
  read: ReadHead,
): string | undefined {
  const has = (name: string) => files.includes(name);
  if (command === undefined) return undefined;
  if (command.file.endsWith('.py')) {
    const wanted = (read('requirements.txt') ?? '').split('\n').some((line) => /^\s*[^#\s]/.test(line));
    return wanted ? 'pip install -r requirements.txt' : undefined;
  }
  if (/\.[cm]?[jt]s$/.test(command.file) && has('package-lock.json')) {
    const held = parseObject(read('package.json'));
    const names = ['dependencies', 'devDependencies'].flatMap((key) => Object.keys(held?.[key] ?? {}));
    return names.length > 0 ? 'npm ci' : undefined;
  }
  return undefined;
}

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

const GENERIC =
  /^(?:data|datasets?|eval|evaluation|labels?|labell?ed|tests?|documents?|ground[_-]?truth|gold|golden|samples?|\.)$/i;

/** A name for the pipeline: the dataset's folder, or else the repository's, when they say something. */
export function proposeName(dataset: string | undefined, repository: string): string {
  for (const candidate of [...(dataset ?? '').split('/').toReversed(), repository]) {
    const clean = candidate
      .toLowerCase()
      .replace(/[^\p{L}\p{N}._-]+/gu, '-')
      .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')
      .slice(0, 40);
    if (clean !== '' && !GENERIC.test(clean) && !/^(?:full|failed)$/.test(clean))
      return clean.replace(/[._-]+$/, '');
  }
  return 'extraction';
}
