/** Addresses at GitHub of what a run is about. */
import type { RepositoryRef } from '../../../core/app-words.js';

export function gitHubAddresses(gitHubUrl: string, { owner, name }: RepositoryRef) {
  const repository = `${gitHubUrl}/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
  return {
    pull: (number: number) => `${repository}/pull/${number}`,
    commit: (sha: string) => `${repository}/commit/${encodeURIComponent(sha)}`,
    // Names of branches may have slashes, which stay.
    branch: (name: string) => `${repository}/tree/${name.split('/').map(encodeURIComponent).join('/')}`,
  };
}

export type GitHubAddresses = ReturnType<typeof gitHubAddresses>;
