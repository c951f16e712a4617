// A worker in a process of its own, of the built program: it takes one job and never ends it. It is killed.
import { createQueue } from '../../dist/src/queue/index.js';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const hold = async () => {
  process.send('holds');
  await new Promise(() => undefined);
};
const queue = await createQueue({ ...JSON.parse(process.argv[2]), log });
await queue.work(
  { look: hold, hint: hold, evaluate: hold, publish: hold, simulate: hold, reconcile: hold, canary: hold },
  { look: 1 },
);
process.send('ready');
