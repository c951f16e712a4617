/** Webhooks of realistic size: GitHub's own examples, made to be about the emulated repository. */
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';

export interface Signed {
  readonly event: string;
  readonly body: string;
  readonly signature: string;
}

interface Example {
  readonly name: string;
  readonly examples: readonly (Record<string, unknown> & { readonly action?: string })[];
}

export interface About {
  readonly repositoryId: number;
  readonly installationId: number;
  readonly secret: string;
  readonly pulls: readonly { readonly number: number; readonly sha: string }[];
}

/** In a hundred: what an installation that follows the default subscriptions sees on a busy day. */
export const MIX = { pull_request: 55, push: 20, check_run: 15, issue_comment: 10 } as const;

/** One body for each event of each pull request; which comes when is the sender's. */
export function signedPayloads({ repositoryId, installationId, secret, pulls }: About): Signed[] {
  const examples = createRequire(import.meta.url)(
    '@octokit/webhooks-examples/api.github.com/index.json',
  ) as Example[];
  const example = (name: string, action?: string): Record<string, unknown> => {
    const found = examples
      .find((each) => each.name === name)
      ?.examples.find((each) => action === undefined || each.action === action);
    if (found === undefined) throw new Error(`no example of ${name}.${action}`);
    return structuredClone(found);
  };
  const signed = (event: string, payload: Record<string, unknown>): Signed => {
    const whole = {
      ...payload,
      repository: {
        ...(payload['repository'] as object),
        id: repositoryId,
        name: 'invoices',
        full_name: 'acme/invoices',
        owner: { ...(payload['repository'] as { owner: object }).owner, login: 'acme' },
      },
      installation: { id: installationId, node_id: 'x' },
    };
    const body = JSON.stringify(whole);
    return {
      event,
      body,
      signature: `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    };
  };
  return pulls.flatMap(({ number, sha }) => {
    const synchronize = example('pull_request', 'synchronize');
    const pull = synchronize['pull_request'] as Record<string, unknown>;
    const comment = example('issue_comment', 'created');
    const kinds = {
      pull_request: signed('pull_request', {
        ...synchronize,
        number,
        pull_request: { ...pull, number, head: { ...(pull['head'] as object), sha } },
      }),
      // Most pushes are to branches that nothing goes into.
      push: signed('push', { ...example('push'), ref: `refs/heads/topic-${number}`, after: sha }),
      check_run: signed('check_run', example('check_run', 'completed')),
      issue_comment: signed('issue_comment', {
        ...comment,
        issue: { ...(comment['issue'] as object), number },
        comment: { ...(comment['comment'] as object), body: 'Thanks, I will look at it tomorrow.' },
      }),
    };
    return Object.entries(MIX).flatMap(([name, times]) =>
      Array.from({ length: times / 5 }, () => kinds[name as keyof typeof MIX]),
    );
  });
}
