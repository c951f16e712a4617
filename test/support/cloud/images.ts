/** What the registry of the test cloud has. */
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildImage } from '../../../eval-runner/build-image.mjs';
import type { Image } from './container.js';

export const RUNNER_IMAGE = '123456789012.dkr.ecr.us-east-1.amazonaws.com/docops-eval-runner:1';
/** The operator's, with Node. */
export const EXTRACT_IMAGE = '123456789012.dkr.ecr.us-east-1.amazonaws.com/docops:1';
/** A team's, with what its extractor needs. */
export const TEAM_IMAGE = 'registry.example/team/extract:2026-11';
/** A team's: a shell and the usual small programs. */
export const PLAIN_IMAGE = 'registry.example/team/plain:2026-11';

const OUR_USER = 10001;
/** As eval-runner/Dockerfile has them, of the sources under test. */
export async function buildImages(): Promise<{
  readonly folder: string;
  readonly images: Readonly<Record<string, Image>>;
}> {
  const folder = await buildImage(mkdtempSync(join(tmpdir(), 'docops image ')));
  chmodSync(folder, 0o755);
  return {
    folder,
    images: {
      [RUNNER_IMAGE]: {
        entryPoint: ['node', '/app/task.js'],
        user: `${OUR_USER}:${OUR_USER}`,
        files: { [folder]: '/app' },
        volumes: { '/docops/input': OUR_USER, '/docops/work': OUR_USER, '/tmp': OUR_USER },
      },
      [EXTRACT_IMAGE]: {},
      [TEAM_IMAGE]: { env: { LIBRARY_PATH: '/opt/lib' } },
      [PLAIN_IMAGE]: {
        without: [
          '/usr/bin/node',
          '/usr/bin/python3',
          '/usr/bin/perl',
          '/usr/bin/setsid',
          '/usr/bin/timeout',
        ],
      },
    },
  };
}
