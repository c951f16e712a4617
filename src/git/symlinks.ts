import { decodePath } from './paths.js';

/** As Linux: more links than this on the way to a file are a loop. */
const LINKS_FOLLOWED = 40;

/**
 * Which of these symlinks would lead out of the folder that they are written to, directly or over other links. `links`:
 * path from the root → what the link says. A link to nothing stays inside; an absolute one never does.
 */
export function escapingSymlinks(links: ReadonlyMap<string, Buffer>): Set<string> {
  const escaping = new Set<string>();
  for (const [path, target] of links) {
    const folder = path.split('/').slice(0, -1);
    if (!staysInside(folder, decodePath(target), links)) escaping.add(path);
  }
  return escaping;
}

/** Walks as the kernel does: part by part, a link on the way replaced by what it says before `..` is applied. */
function staysInside(folder: readonly string[], target: string, links: ReadonlyMap<string, Buffer>): boolean {
  const at = [...folder];
  const todo = target.split('/').reverse();
  if (target.startsWith('/')) return false;
  let followed = 0;
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (at.pop() === undefined) return false;
      continue;
    }
    at.push(part);
    const link = links.get(at.join('/'));
    if (link === undefined) continue;
    followed += 1;
    if (followed > LINKS_FOLLOWED) return false;
    at.pop();
    const says = decodePath(link);
    if (says.startsWith('/')) return false;
    todo.push(...says.split('/').reverse());
  }
  return true;
}
