/** Runs the code of one side in tasks on ECS, on Fargate or on a capacity provider with GPUs. */
export { createEcsClient } from './client.js';
export { createTaskEvents } from './events.js';
export {
  ecsEnvironmentIdentity,
  TIMING,
  type EcsPlace,
  type EcsTask,
  type EcsTiming,
  type TaskEndings,
} from './place.js';
export { reapTasks } from './reap.js';
export { createEcsRunner, type EcsRunner, type EcsRunnerOptions } from './runner.js';
