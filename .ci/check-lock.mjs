// The lock file must install on every platform and from every registry: each package has an integrity hash, no entry
// names a host, and optional native packages are listed for all their platforms and not only for the one it was made on.
import { readFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const problems = [];
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
if (packages.length === 0) problems.push('the lock file lists no packages');
for (const [path, entry] of packages) {
  if (entry.link) continue;
  if (entry.resolved !== undefined)
    problems.push(`${path}: names where it was downloaded (${entry.resolved})`);
  if (entry.integrity === undefined && entry.inBundle !== true)
    problems.push(`${path}: has no integrity hash`);
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    const nested = `${path}/node_modules/${name}`;
    if (!(nested in lock.packages) && !(`node_modules/${name}` in lock.packages))
      problems.push(`${path}: its optional package ${name} is not in the lock file`);
  }
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`${packages.length} packages, all with integrity, none with a host`);
