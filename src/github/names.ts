/**
 * Present names of repositories. A webhook that tells of a rename may come late or never, and numeric ids outlive
 * names, so a 404 is asked about once by id.
 */
import { RENAMES_REMEMBERED } from '../core/limits.js';
import type { RepositoryRef } from '../core/app-words.js';
import { GitHubError } from '../ports/github.js';

export interface Name {
  readonly owner: string;
  readonly repo: string;
}

export interface Names {
  nameOf(repository: RepositoryRef): Name;
  /** True when it has another name than the one that was tried; `nameOf` gives it from then on. */
  learn(repository: RepositoryRef, present: Name): boolean;
}

export function createNames(): Names {
  /** By id; only as long as the caller still knows the repository by the old name. */
  const learned = new Map<number, { readonly known: string; readonly present: Name }>();

  const nameOf = (repository: RepositoryRef): Name => {
    const newer = learned.get(repository.id);
    if (newer?.known === fullName(repository)) return newer.present;
    return checked({ owner: repository.owner, repo: repository.name });
  };

  return {
    nameOf,
    learn(repository, present) {
      const tried = nameOf(repository);
      const { owner, repo } = checked(present);
      if (same(tried.owner, owner) && same(tried.repo, repo)) return false;
      if (learned.size >= RENAMES_REMEMBERED) learned.clear();
      learned.set(repository.id, { known: fullName(repository), present: { owner, repo } });
      return true;
    },
  };
}

/** A value that becomes one segment of a path; `..` would climb out of it although it is encoded. */
export function segment(value: string, what: string): string {
  if (value === '' || value === '.' || value === '..')
    throw new GitHubError('refused', `${JSON.stringify(value)} is no ${what}`);
  return value;
}

function checked({ owner, repo }: Name): Name {
  for (const part of [owner, repo])
    if (!/^[\w.-]{1,100}$/.test(segment(part, 'repository name')))
      throw new GitHubError('refused', `${JSON.stringify(part.slice(0, 100))} is no repository name`);
  return { owner, repo };
}

function fullName({ owner, name }: RepositoryRef): string {
  return `${owner}/${name}`;
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
