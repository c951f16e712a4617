import { ApiError } from './answer.js';
import type { Role } from './types.js';
import type { Repository } from './world.js';

/** Everybody may read what is public. */
export function roleOf(repository: Repository, login: string): Role {
  if (login === repository.owner.login) return 'admin';
  return repository.roles.get(login.toLowerCase()) ?? (repository.private ? 'none' : 'read');
}

/** 0 for none to 5 for an administrator. Throws what the role says that GitHub answers. */
export function rankOf(repository: Repository, login: string): number {
  const role = roleOf(repository, login);
  if (role === 'error-403') throw new ApiError(403, 'Resource not accessible by integration');
  if (role === 'error-500') throw new ApiError(500, 'Server Error');
  return ['none', 'read', 'triage', 'write', 'maintain', 'admin'].indexOf(role);
}

/** https://docs.github.com/rest/collaborators/collaborators */
export function permissionsOf(rank: number) {
  return { pull: rank >= 1, triage: rank >= 2, push: rank >= 3, maintain: rank >= 4, admin: rank >= 5 };
}
