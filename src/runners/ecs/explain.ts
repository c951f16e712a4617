/** AWS's errors → errors of ours: what failed, whether trying again can help, and what to do. */
import { RunnerError } from '../../ports/runner.js';

/** Nobody but a person changes these. */
const PERMANENT: Readonly<Record<string, string>> = {
  AccessDeniedException: "allow it in the policy of the App's own role (deploy/terraform/modules/evaluation)",
  UnrecognizedClientException: "check the App's AWS credentials",
  InvalidSignatureException: "check the App's AWS credentials and its clock",
  ClusterNotFoundException: 'check DOCOPS_ECS_CLUSTER and the region',
  InvalidParameterException: 'check the DOCOPS_ECS_ settings against the cluster',
  ClientException: 'check the DOCOPS_ECS_ settings against the cluster',
  PlatformTaskDefinitionIncompatibilityException:
    'check runner.cpu, runner.memory and DOCOPS_ECS_GPU_PROVIDER',
  PlatformUnknownException: 'check the DOCOPS_ECS_ settings against the cluster',
  UnsupportedFeatureException: 'check that the region has what the task asks for',
  BlockedException: 'AWS has blocked the account: ask AWS support',
};

/** Said by ClientException, and passing all the same. */
const PASSING =
  /capacity is unavailable|try again|throttl|rate exceeded|limit on the number of (tasks|vcpus)/i;

export function isPermanent(error: unknown): boolean {
  return error instanceof Error && Object.hasOwn(PERMANENT, error.name) && !PASSING.test(error.message);
}

export function explain(error: unknown, what: string): Error {
  if (error instanceof RunnerError) return error;
  const name = error instanceof Error ? error.name : 'Error';
  const message = error instanceof Error ? error.message : String(error);
  const permanent = isPermanent(error);
  const mend = permanent ? PERMANENT[name] : undefined;
  return new RunnerError(`${what}: ${name}: ${message}`, {
    permanent,
    cause: error,
    ...(mend !== undefined && { mend }),
  });
}
