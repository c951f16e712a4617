import { describe } from 'vitest';
import { runnerContract, type Capabilities, type MakeRunner } from '../contract/runner.contract.js';
import { TEAM_IMAGE } from '../support/cloud/images.js';
import { requireCloud, useCloud } from '../support/cloud/index.js';
import { makeRunner } from '../support/cloud/runner.js';

const MODEL_DIR = 'arn:aws:ssm:us-east-1:123456789012:parameter/model-dir';

describe.skipIf(!requireCloud())('ECS (moto[server], bubblewrap and setpriv are needed)', () => {
  const cloud = useCloud({ secrets: { [MODEL_DIR]: '/models' } });
  // The worker's own environment never reaches a task: what a command is given are secrets that the operator named.
  const make: MakeRunner = () => {
    const { runner } = makeRunner(cloud, { place: { secrets: { MODEL_DIR } } });
    return {
      runner,
      close: async () => {
        await runner.close();
        if (cloud.agent.complaints.length > 0) throw new Error(cloud.agent.complaints.join('\n'));
      },
    };
  };
  const elsewhere: Capabilities = { streams: false, sharesFiles: false, measures: true, startMs: 4_000 };

  runnerContract('in tasks on ECS, in an image with Node', make, elsewhere);
  runnerContract("in tasks on ECS, in a team's own image", make, {
    ...elsewhere,
    measures: false,
    image: TEAM_IMAGE,
  });
});
