import { TASK_EXIT } from './contract.js';

/** Why fetch or deliver cannot go on. The message goes to the container's log; it never has a link in it. */
export class StepError extends Error {
  override readonly name = 'StepError';
  readonly exit: keyof typeof TASK_EXIT;

  constructor(exit: keyof typeof TASK_EXIT, message: string) {
    super(message);
    this.exit = exit;
  }
}
