import type { Actor, Approval, Permission, Trust } from '../app-words.js';

export interface TrustFacts {
  readonly author: Actor;
  /** Of the author, in the base repository. */
  readonly permission: Permission;
  /** Logins of Apps, `dependabot[bot]`. */
  readonly trustedApps: readonly string[];
  readonly approval: Approval | null;
  readonly headSha: string;
  readonly kind: 'pull-request' | 'merge-group';
  readonly sameRepository: boolean;
}

/**
 * Whether the code may run: the author can write to the base repository, is an App on the list, or somebody approved
 * exactly this commit. A merge group was put together by GitHub from what people with write access queued.
 *
 * What cannot be found out is a no. An approval lets an outsider's code run and does not make the author an insider.
 */
export function judgeTrust(facts: TrustFacts): Trust {
  const { author, permission, approval, headSha } = facts;
  if (facts.kind === 'merge-group')
    return insider('A merge group holds only what people with write access put into the queue.');
  if (author.type === 'bot' && isListed(author.login, facts.trustedApps))
    return insider(`The App ${author.login} is on the list of trusted Apps.`);
  // An App is trusted by the list alone: what GitHub says of an App's role is not about its pull requests.
  if (author.type !== 'bot' && permission.kind === 'role' && permission.canWrite)
    return insider(`${author.login} has the role ${permission.role} here.`);
  if (approval?.headSha === headSha)
    return {
      trusted: true,
      reason: `${approval.by} approved exactly this commit.`,
      aggregatesOnly: true,
    };
  return { trusted: false, reason: `${whyNot(facts)}${staleApproval(facts)}`, aggregatesOnly: true };
}

function insider(reason: string): Trust {
  return { trusted: true, reason, aggregatesOnly: false };
}

/** Logins are compared as GitHub does, without regard to case. */
function isListed(login: string, apps: readonly string[]): boolean {
  return apps.some((app) => app.toLowerCase() === login.toLowerCase());
}

function whyNot({ author, permission, sameRepository }: TrustFacts): string {
  const from = sameRepository ? '' : ', and the commit comes from another repository';
  if (author.type === 'bot') return `The App ${author.login} is not on the list of trusted Apps${from}.`;
  switch (permission.kind) {
    case 'unknown':
      return `Whether ${author.login} may write here could not be asked: ${permission.why.replace(/[.\s]+$/, '')}.`;
    case 'role':
      return `${author.login} has the role ${permission.role} here, which cannot write${from}.`;
    case 'none':
      return `${author.login} has no write access here${from}.`;
  }
}

function staleApproval({ approval, headSha }: TrustFacts): string {
  if (approval === null || approval.headSha === headSha) return '';
  return ` The approval by ${approval.by} was for ${approval.headSha.slice(0, 10)}, not for this commit.`;
}
