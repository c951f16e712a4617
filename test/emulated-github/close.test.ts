import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/git.js';
import { REPO, startWorld } from './world.js';

it('closing leaves no port taken, no request open and nothing that keeps the process alive', async () => {
  const world = await startWorld();
  const { port } = new URL(world.github.apiUrl);
  // A webhook that is never answered, and a keep-alive connection.
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address() as { port: number };
  world.github.setWebhookUrl(`http://127.0.0.1:${address.port}/`);
  const called = new Promise<void>((resolve) => silent.once('connection', () => resolve()));
  await world.github.createIssue(REPO, 'ada', 'not subscribed');
  await world.github.pushCommit({ repo: REPO, branch: 'main', files: { 'x.txt': 'x' } });
  await called;
  await world.close();
  await new Promise<void>((resolve) => silent.close(() => resolve()));
  const again = createServer();
  await new Promise<void>((resolve, reject) => {
    again.once('error', reject);
    again.listen(Number(port), '127.0.0.1', resolve);
  });
  await new Promise<void>((resolve) => again.close(() => resolve()));
});

it('a program that starts it and closes it ends by itself', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'github'));
  const module = new URL('../../dist/src/emulated-github/index.js', import.meta.url).href;
  const script = `
    const { startEmulatedGitHub } = await import(${JSON.stringify(module)});
    const github = await startEmulatedGitHub({ folder: ${JSON.stringify(join(folder, 'github'))} });
    await github.addUser('ada');
    await (await fetch(github.apiUrl + '/users/ada')).json();
    await github.close();
    console.log('closed');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect([code, text]).toEqual([0, 'closed\n']);
});
