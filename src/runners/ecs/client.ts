/** ECS with the SDK's own patience: throttling is waited out and slows all later calls of this client down. */
import { ECSClient } from '@aws-sdk/client-ecs';

const ATTEMPTS = 8;

/** Credentials and region are found as the SDK finds them. `endpoint`: another ECS, for tests. */
export function createEcsClient({ endpoint }: { readonly endpoint?: string } = {}): ECSClient {
  return new ECSClient({
    retryMode: 'adaptive',
    maxAttempts: ATTEMPTS,
    ...(endpoint !== undefined && { endpoint }),
  });
}
