import type { Permission } from '../core/app-words.js';
import { GitHubError, type People } from '../ports/github.js';
import type { Client } from './client.js';
import { segment } from './names.js';

export function createPeople(client: Client): People {
  return {
    async permission(repository, login) {
      try {
        return await client.inRepository(repository, async (octokit, at) => {
          const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({
            ...at,
            username: segment(login, 'login'),
          });
          return permissionOf(data);
        });
      } catch (error) {
        if (error instanceof GitHubError && error.class === 'not-found') return { kind: 'none' };
        return { kind: 'unknown', why: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

/**
 * `permission` is one of none, read, write, admin also for maintain, triage and roles that an organisation made, by the
 * role that they are built on; `role_name` is what people know it by.
 * https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user
 */
function permissionOf(data: { readonly permission: string; readonly role_name?: string }): Permission {
  const { permission, role_name: role = permission } = data;
  if (permission === 'none') return { kind: 'none' };
  return { kind: 'role', role, canWrite: permission === 'write' || permission === 'admin' };
}
