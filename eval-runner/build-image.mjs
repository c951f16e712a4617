/**
 * Writes what the image of a task's containers is made of: dist/image/{task.js,runner.js,driver.sh,package.json}. Each program
 * is one file with its packages in it, so the image needs no node_modules.
 *
 *     node eval-runner/build-image.mjs [FOLDER]
 */
import { mkdir, copyFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));

export async function buildImage(folder = join(here, '..', 'dist', 'image')) {
  // Beside it and then renamed: several test processes may build at once, and each finds whole files.
  const made = `${folder}.${process.pid}`;
  await mkdir(made, { recursive: true });
  await mkdir(folder, { recursive: true });
  try {
    for (const [name, entry] of [
      ['task.js', 'task/main.ts'],
      ['runner.js', 'main.ts'],
    ]) {
      await build({
        entryPoints: [join(here, entry)],
        outfile: join(made, name),
        bundle: true,
        platform: 'node',
        format: 'esm',
        target: 'node20',
        legalComments: 'eof',
        logLevel: 'warning',
      });
    }
    await copyFile(join(here, 'task', 'driver.sh'), join(made, 'driver.sh'));
    await writeFile(join(made, 'package.json'), '{"type":"module"}\n');
    for (const name of ['task.js', 'runner.js', 'driver.sh', 'package.json'])
      await rename(join(made, name), join(folder, name));
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return folder;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildImage(process.argv[2]);
