/** Local copies of repositories that the App reads from (docs/decisions/0013-git-mirror.md). */
export { createMirrors, type MirrorOptions } from './mirrors.js';
