/** Commands that leave something in the ledger: a regression that was accepted, an acceptance revoked, a label disputed. */
import { conclusionOf } from '../core/check/index.js';
import { resolveAcceptance, type Command } from '../core/commands/index.js';
import type { Permission } from '../core/app-words.js';
import { escapeMarkdown } from '../core/report/escape.js';
import { isMasked, MASKED } from '../core/report/mask.js';
import { concludeAgain } from './conclude-again.js';
import { currentAttempt, needsWrite, refusal, type CommandCall, type Outcome } from './commands.js';
import { lookNow } from './look.js';
import { viewOf } from './publish.js';

export async function acceptRegression(call: CommandCall, words: readonly string[]): Promise<Outcome> {
  const { ports, repository, login } = call;
  const current = await currentAttempt(call);
  if (current?.policy === undefined || current.policy === null || current.decision.kind !== 'evaluate')
    return { done: false, text: 'There is no verdict to accept a regression of.' };
  const { roles, expiresMs } = current.policy.override;
  const permission = await ports.github.permission(repository, login);
  const role = allowedRole(permission, roles);
  if (role === undefined)
    return refusal(
      call,
      'Accepting a regression',
      `the roles ${roles.join(', ')} (override.roles)`,
      permission,
    );
  if (current.state !== 'judged' && current.state !== 'reported')
    return {
      done: false,
      text: 'The evaluation is not finished. Accept what it finds when you have seen it.',
    };
  const reports = await ports.store.reports(current.id);
  const resolved = resolveAcceptance(
    words,
    reports.map(({ pipeline, report }) => ({
      pipeline,
      fields: report.fields.flatMap(({ field, columns }) => [
        field,
        ...(columns ?? []).map((column) => column.field),
      ]),
    })),
  );
  if ('problem' in resolved) return { done: false, text: resolved.problem };
  const before = await viewOf(ports, repository, current, reports);
  if (conclusionOf(before)?.conclusion !== 'failure')
    return { done: false, text: 'This evaluation does not block, so there is nothing to accept.' };
  const acceptance = await ports.store.accept({
    repositoryId: current.repositoryId,
    headSha: current.headSha,
    baseRef: current.baseRef,
    situationKey: current.situation.key,
    fields: resolved.fields,
    reason: resolved.reason,
    by: login,
    role,
    expiresMs,
    cause: call.cause,
  });
  const after = await viewOf(ports, repository, current, reports);
  const enough = conclusionOf(after)?.conclusion === 'success';
  if (enough) await concludeAgain(ports, current, call.cause, `accepted by @${login}`);
  const scope = resolved.fields.length === 0 ? 'every field' : resolved.fields.map(escapeMarkdown).join(', ');
  const until = acceptance.expiresAt.toISOString().slice(0, 16).replace('T', ' ');
  return {
    done: enough,
    text: enough
      ? `Accepted for ${scope} on ${current.headSha.slice(0, 10)}, until ${until} UTC or until head or base move. Reason: ${escapeMarkdown(resolved.reason)}. It is in the ledger; /revoke-acceptance takes it back.`
      : `Noted for ${scope}, but something else still blocks; a crash or a missing measurement cannot be accepted. The check says what.`,
  };
}

/** Lets one commit cost more than the budget; where that was all that stood in the way, it is evaluated at once. */
export async function approveCost(call: CommandCall, sha: string): Promise<Outcome> {
  const { ports, repository, pullRequest, login } = call;
  const current = await currentAttempt(call);
  if (current?.policy === undefined || current.policy === null)
    return { done: false, text: 'There is no evaluation to allow the cost of.' };
  const { roles } = current.policy.override;
  const permission = await ports.github.permission(repository, login);
  const role = allowedRole(permission, roles);
  if (role === undefined)
    return refusal(call, 'Allowing a cost', `the roles ${roles.join(', ')} (override.roles)`, permission);
  if (!pullRequest.headSha.startsWith(sha.toLowerCase()))
    return {
      done: false,
      text: `The head of this pull request is ${pullRequest.headSha}, not ${escapeMarkdown(sha)}. A cost is allowed for one commit.`,
    };
  await ports.spending.approveCost(repository.id, { headSha: pullRequest.headSha, by: login, role });
  const short = pullRequest.headSha.slice(0, 10);
  if (current.failure?.class !== 'over-budget')
    return {
      done: true,
      text: `${short} may cost more than the budget. A new push has to be approved again.`,
    };
  const answered = await lookNow(ports, repository, pullRequest.number, call.signal, {
    cause: call.cause,
    why: `/approve-cost by @${login}`,
    rerun: 'verdict',
    onlyPipeline: null,
  });
  if (answered === undefined || answered.kind === 'gone')
    return { done: false, text: 'There is nothing to evaluate: the pull request or its base is gone.' };
  return {
    done: true,
    text: `${short} may cost more than the budget, and is looked at again. A new push has to be approved again.`,
  };
}

export async function revokeAcceptance(call: CommandCall): Promise<Outcome> {
  const { ports, repository, login } = call;
  const current = await currentAttempt(call);
  if (current?.policy === undefined || current.policy === null)
    return { done: false, text: 'There is no acceptance in force.' };
  const permission = await ports.github.permission(repository, login);
  if (allowedRole(permission, current.policy.override.roles) === undefined)
    return refusal(
      call,
      'Revoking an acceptance',
      `the roles ${current.policy.override.roles.join(', ')} (override.roles)`,
      permission,
    );
  const count = await ports.store.revoke(current, login);
  if (count === 0 && !current.cause.startsWith('comment:'))
    return { done: false, text: 'There is no acceptance in force.' };
  await concludeAgain(ports, current, call.cause, `acceptance revoked by @${login}`);
  return { done: true, text: 'Revoked. The verdict stands as it was before.' };
}

export async function disputeLabel(
  call: CommandCall,
  command: Extract<Command, { name: 'dispute-label' }>,
): Promise<Outcome> {
  const refused = await needsWrite(call, 'Disputing a label');
  if (refused !== undefined) return refused;
  const { ports, repository, pullRequest, login } = call;
  const current = await currentAttempt(call);
  const reports = current === undefined ? [] : await ports.store.reports(current.id);
  const found = reports.find(({ report }) =>
    report.fields.some(
      ({ field, columns }) =>
        field === command.field || (columns ?? []).some((column) => column.field === command.field),
    ),
  );
  if (reports.length > 0 && found === undefined)
    return { done: false, text: `No pipeline has a field ${escapeMarkdown(command.field)}.` };
  // The person's own comment is GitHub's; the ledger and what we answer are ours.
  const masked = isMasked(found?.report.masked ?? [], command.field);
  await ports.store.dispute(repository.id, {
    pullNumber: pullRequest.number,
    pipeline: found?.pipeline ?? null,
    document: command.document,
    field: command.field,
    value: masked && command.value !== null ? MASKED : command.value,
    reason: command.reason,
    by: login,
    cause: call.cause,
  });
  const dataset = found?.report.dataset.source ?? 'the dataset';
  const value =
    masked || command.value === null ? '' : ` to ${escapeMarkdown(JSON.stringify(command.value))}`;
  return {
    done: true,
    text: `Noted: ${escapeMarkdown(command.field)} of ${escapeMarkdown(command.document)}. The verdict stays until the label changes: change it${value} in ${escapeMarkdown(`${dataset}/labels.jsonl`)} by a pull request of its own, or add the value to its \`accept\` list; this check is then looked at again.`,
  };
}

function allowedRole(permission: Permission, roles: readonly string[]): string | undefined {
  return permission.kind === 'role' && roles.includes(permission.role) ? permission.role : undefined;
}
