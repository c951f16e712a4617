import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Import {
  readonly from: string;
  readonly to: string;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => posix.join(folder, name.split(sep).join('/')));
}

/** Imports of a file as the compiler reads them: relative ones as paths from the root, others as they are written. */
function importsOf(file: string): Import[] {
  const info = ts.preProcessFile(readFileSync(join(root, file), 'utf8'), true, true);
  return info.importedFiles.map(({ fileName }) => ({
    from: file,
    to: fileName.startsWith('.')
      ? relative(root, resolve(root, dirname(file), fileName))
          .split(sep)
          .join('/')
      : fileName,
  }));
}

/** Packages that compute and nothing else. A new one is added here on purpose, after a look at what it touches. */
const PURE_PACKAGES = new Set([
  'big.js',
  'cli-table3',
  'csv-stringify/sync',
  'echarts',
  'echarts/charts',
  'echarts/components',
  'echarts/core',
  'echarts/renderers',
  'fastest-levenshtein',
  'hono/jsx',
  'hono/html',
  'hono/jsx/jsx-runtime',
  'jstat',
  'libphonenumber-js',
  'libphonenumber-js/max',
  'libphonenumber-js/min',
  'markdown-table',
  'picocolors',
  'picomatch/posix.js',
  'string-width',
  'yaml',
  'zod',
]);

/** What a source file may import: `core ← ports ← flow ← adapters ← main`. */
const ROOMS: readonly { room: RegExp; may: RegExp }[] = [
  { room: /^src\/core\//, may: /^src\/core\// },
  { room: /^src\/ports\//, may: /^src\/(core|ports)\// },
  { room: /^src\/flow\//, may: /^src\/(core|ports|flow)\// },
  { room: /^src\/git\//, may: /^src\/(core|ports|git)\// },
  { room: /^src\/dataset\//, may: /^src\/(core|ports|dataset)\// },
  { room: /^src\/report\//, may: /^src\/(core|ports|report)\// },
  { room: /^src\/runners\/contract\//, may: /^(src\/(core|ports|runners\/contract)\/|eval-runner\/)/ },
  { room: /^src\/runners\/local\//, may: /^(src\/(core|ports|runners\/(local|contract))\/|eval-runner\/)/ },
  { room: /^src\/runners\/ecs\//, may: /^(src\/(core|ports|runners\/(ecs|contract))\/|eval-runner\/)/ },
  { room: /^src\/storage\/files\//, may: /^src\/(core|ports|storage\/files)\// },
  { room: /^src\/storage\/filesystem\//, may: /^src\/(core|ports|storage\/(files|filesystem))\// },
  { room: /^src\/storage\/s3\//, may: /^src\/(core|ports|storage\/(files|s3))\// },
  { room: /^src\/github\//, may: /^src\/(core|ports|github)\// },
  { room: /^src\/postgres\//, may: /^src\/(core|ports|postgres)\// },
  { room: /^src\/queue\//, may: /^src\/(core|ports|queue)\// },
  { room: /^src\/settings(\/|\.ts$)/, may: /^src\/(core|settings)\// },
  { room: /^src\/http\//, may: /^src\/(core|ports|flow|http)\// },
  // A GitHub of its own: it shares nothing with what is tested against it.
  { room: /^src\/emulated-github\//, may: /^src\/emulated-github\// },
  { room: /^eval-runner\//, may: /^eval-runner\// },
];

describe('rooms', () => {
  const files = [...sources('src'), ...sources('eval-runner')];

  it('are all looked at', () => {
    expect(files.length).toBeGreaterThan(20);
    for (const { room } of ROOMS) expect(files.some((file) => room.test(file))).toBe(true);
  });

  it('import only from rooms that stand before them', () => {
    const wrong = files.flatMap((file) => {
      const rule = ROOMS.find(({ room }) => room.test(file));
      if (rule === undefined) return [];
      return importsOf(file).filter(({ to }) => /^(src|eval-runner)\//.test(to) && !rule.may.test(to));
    });
    expect(wrong).toEqual([]);
  });

  it('keep the core pure: no clock, file, network, environment or randomness', () => {
    const core = files.filter((file) => file.startsWith('src/core/'));
    const impureImports = core
      .flatMap(importsOf)
      .filter(({ to }) => !to.startsWith('src/') && to !== 'node:crypto' && !PURE_PACKAGES.has(to));
    expect(impureImports).toEqual([]);
    const impureCalls = core.flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8').replace(
        /\/\*[\s\S]*?\*\/|\/\/.*|`(?:[^`\\]|\\.)*`/g,
        '',
      );
      return [
        ...text.matchAll(
          /\b(?:Date\.now|new Date\(\)|Math\.random|process\.\w+|performance\.now|randomUUID|randomBytes|fetch\()/g,
        ),
      ].map(([call]) => `${file}: ${call}`);
    });
    expect(impureCalls).toEqual([]);
  });

  it('keep the eval-runner free of packages, so that what runs beside code of strangers stays small', () => {
    const packages = files
      .filter((file) => file.startsWith('eval-runner/'))
      .flatMap(importsOf)
      .filter(({ to }) => !to.startsWith('eval-runner/') && !to.startsWith('node:'));
    // Containers of their own, before and after that code; what they need is bundled into their one file.
    const allowed = ({ from, to }: Import): boolean =>
      from.startsWith('eval-runner/task/') && (to === 'tar' || to === 'p-retry');
    expect(packages.filter((found) => !allowed(found))).toEqual([]);
    expect(packages.filter(allowed)).not.toEqual([]);
  });

  it('keep the task containers out of the runner', () => {
    const wrong = files
      .filter((file) => file.startsWith('eval-runner/') && !file.startsWith('eval-runner/task/'))
      .flatMap(importsOf)
      .filter(({ to }) => to.startsWith('eval-runner/task/'));
    expect(wrong).toEqual([]);
  });

  it.each([
    ['a file import in the core', 'src/core/x.ts', 'import "node:fs"'],
    ['an adapter import in the core', 'src/core/x.ts', 'import "../git/index.js"'],
  ])('would notice %s', (_name, _file, text) => {
    const [found] = ts.preProcessFile(text).importedFiles;
    expect(found).toBeDefined();
    expect(PURE_PACKAGES.has(found!.fileName)).toBe(false);
  });
});
