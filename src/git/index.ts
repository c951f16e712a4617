/** Git is read with git: the one door to a repository, for the command line and the App (docs/decisions/0005-git.md). */
export { GitError, type GitErrorCode } from './errors.js';
export { openRepository, type OpenOptions } from './open.js';
export { decodePath, encodePath } from './paths.js';
export { Repository } from './repository.js';
export type { ChangedFile } from './trees.js';
