/**
 * A pull request whose extractor wants more than its document: labels, links, credentials, what belongs to the other
 * containers, the results of others. It runs through the whole path, and finds and changes nothing. Beside each probe
 * stands a control that shows that the probe can find what it looks for.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TEAM_IMAGE } from '../support/cloud/images.js';
import { requireCloud, useCloud } from '../support/cloud/index.js';
import { makeSite, type Site } from '../support/cloud/measure.js';
import { makeRunner } from '../support/cloud/runner.js';

const SECRET = 'arn:aws:ssm:us-east-1:123456789012:parameter/key';
const LABEL = 'the label that nobody may see';

/** Everything that a process can read of its surroundings, searched for what it should not have. */
const SPY = `
const fs = require('node:fs'), path = require('node:path');
const found = {};
const look = (where, text) => {
  for (const [name, pattern] of Object.entries({
    link: /X-Amz-(Signature|Credential)|https?:\\/\\/(?!169\\.254\\.170\\.2)[^\\s"']*(documents|results|tasks|code)\\//,
    manifest: /DOCOPS_MANIFEST_URL|"task-results|"ids":/,
    credentials: /AWS_(SECRET_ACCESS_KEY|CONTAINER_CREDENTIALS|SESSION_TOKEN|ACCESS_KEY_ID)|169\\.254\\.170\\.2\\/(v2\\/credentials)/,
    label: /the label that nobody may see/,
    secret: /open sesame/,
    others: /text [1-9]/,
  })) if (pattern.test(text)) (found[name] ??= []).push(where);
};
const walk = (folder, deep) => {
  let names = [];
  try { names = fs.readdirSync(folder); } catch { return; }
  for (const name of names) {
    const file = path.join(folder, name);
    let stats;
    try { stats = fs.lstatSync(file); } catch { continue; }
    if (stats.isDirectory() && deep > 0) walk(file, deep - 1);
    else if (stats.isFile() && stats.size < 1e6 && !file.includes('/driver/runner/') && !file.endsWith('/spy.cjs') && !file.includes('/driver/job')) {
      try { look(file, fs.readFileSync(file, 'latin1')); } catch {}
    }
  }
};
look('environment', JSON.stringify(process.env));
for (const pid of fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)))
  for (const file of ['environ', 'cmdline'])
    try { look('/proc/' + pid + '/' + file, fs.readFileSync('/proc/' + pid + '/' + file, 'latin1').replaceAll('node -e', '')); } catch {}
`;

describe.skipIf(!requireCloud())(
  'an extractor that looks around on ECS (moto[server], bubblewrap and setpriv are needed)',
  () => {
    const cloud = useCloud({ secrets: { [SECRET]: 'open sesame' } });
    let site: Site;
    beforeEach(() => {
      site = makeSite();
      writeFileSync(join(site.root, 'labels.jsonl'), `{"id": "doc0", "fields": {"x": "${LABEL}"}}\n`);
    });
    afterEach(() => site.remove());

    const spy = (more: string): string => {
      writeFileSync(join(site.code, 'spy.cjs'), `${SPY}${more}\nconsole.log(JSON.stringify(found));`);
      return 'node spy.cjs';
    };
    const VOLUMES =
      "for (const folder of ['/docops', '/tmp', '/run', '/home', '/root', '/etc', '/var']) walk(folder, 6);";
    const images = [undefined, TEAM_IMAGE];
    const imaged = (image: string | undefined) => (image === undefined ? {} : { image });

    it.each(images)(
      'finds no link, no label, no credentials and nothing of the other containers (image %s)',
      async (image) => {
        const { runner } = makeRunner(cloud, { place: { secrets: { OCR_KEY: SECRET } } });
        const got = await site.measure(runner, spy(VOLUMES), { extract: imaged(image) });
        expect(got).toMatchObject([{ status: 'ok', fields: {} }]);
        expect(got[0]!.fields).toEqual({});
        expect(cloud.agent.complaints).toEqual([]);
        await runner.close();
      },
    );

    it('would find each of them if it were there', async () => {
      const { runner } = makeRunner(cloud, { place: { secrets: { OCR_KEY: SECRET } } });
      // The control: a checkout that has all of it in it, and a secret that the repository asked for.
      writeFileSync(
        join(site.code, 'leak.txt'),
        `${LABEL} https://s3.test/b/documents/1?X-Amz-Signature=1 DOCOPS_MANIFEST_URL AWS_SECRET_ACCESS_KEY text 5`,
      );
      const got = await site.measure(runner, spy(VOLUMES), { extract: { env: ['OCR_KEY'] } });
      expect(Object.keys(got[0]!.fields!).sort()).toEqual([
        'credentials',
        'label',
        'link',
        'manifest',
        'others',
        'secret',
      ]);
      await runner.close();
    });

    it('gives no secret to an outsider, and no network, whatever the configuration says', async () => {
      const { runner } = makeRunner(cloud, {
        place: { secrets: { OCR_KEY: SECRET } },
        choice: { network: 'open' },
        trusted: false,
      });
      const probe = `${VOLUMES}
found.net = [];
require('node:net').connect(${new URL(cloud.edge.url).port}, '127.0.0.1')
  .on('connect', () => { found.net.push('connected'); console.log(JSON.stringify(found)); process.exit(); })
  .on('error', () => { console.log(JSON.stringify(found)); process.exit(); });
setTimeout(() => {}, 3000); return;`;
      const command = spy(`(() => {${probe}})(); 0 &&`);
      const outsider = await site.measure(runner, command, { extract: { env: ['OCR_KEY'] } });
      expect(outsider).toMatchObject([{ status: 'ok', fields: { net: [] } }]);
      expect(outsider[0]!.fields).not.toHaveProperty('secret');
      expect(cloud.edge.tasks[0]!.request.networkConfiguration?.awsvpcConfiguration?.securityGroups).toEqual([
        cloud.place.securityGroup,
      ]);
      await runner.close();
      const trusted = makeRunner(cloud, {
        place: { secrets: { OCR_KEY: SECRET } },
        choice: { network: 'open' },
      });
      const friend = await site.measure(trusted.runner, command, { extract: { env: ['OCR_KEY'] } });
      expect(friend).toMatchObject([
        { fields: { net: ['connected'], secret: expect.arrayContaining(['environment']) as string[] } },
      ]);
      await trusted.runner.close();
    });

    it.each(images)('changes no result but its own, whatever it writes where (image %s)', async (image) => {
      const forged = JSON.stringify({ id: 'doc1', status: 'ok', fields: { text: 'forged' }, seconds: 0 });
      writeFileSync(
        join(site.code, 'forge.cjs'),
        `const fs = require('node:fs'), path = require('node:path');
const doc = fs.readFileSync(process.env.DOCOPS_DOCUMENT, 'utf8');
if (process.env.DOCOPS_DOCUMENT_ID === 'doc0') {
  const out = '/docops/work/out';
  const tries = [];
  const attempt = (name, work) => { try { work(); tries.push(name); } catch {} };
  attempt('append', () => fs.appendFileSync(out + '/results.jsonl', '${forged}\\n'));
  for (const other of ['doc1', 'doc2', 'doc9']) {
    const place = path.join(out, 'documents', other);
    attempt('stdout', () => fs.writeFileSync(place + '/stdout', '{"text": "forged"}'));
    attempt('pipe', () => require('node:child_process').execFileSync('mkfifo', [place + '/stderr']));
    attempt('folder', () => fs.mkdirSync(place));
  }
  attempt('link', () => fs.symlinkSync('/etc/passwd', out + '/documents/doc0/stderr.end'));
  attempt('rename', () => fs.renameSync(out, out + '2'));
  attempt('remove', () => fs.rmSync('/docops/input/documents/doc1.txt'));
  attempt('change', () => fs.writeFileSync('/docops/input/documents/doc1.txt', 'text 9'));
  attempt('driver', () => fs.writeFileSync('/docops/input/driver/driver.sh', 'exit 0'));
  attempt('manifest', () => fs.writeFileSync('/app/task.js', ''));
  console.error(tries.join(' '));
}
console.log(JSON.stringify({ text: doc }));`,
      );
      const { runner } = makeRunner(cloud);
      const got = await site.measure(runner, 'node forge.cjs', {
        documents: site.documents(3),
        extract: imaged(image),
      });
      const byId = new Map(got.map((prediction) => [prediction.id, prediction]));
      expect([...byId.keys()].sort()).toEqual(['doc0', 'doc1', 'doc2']);
      // The input, the driver, our image and the folders of the results are not its to write.
      const done = byId.get('doc0')!.stderrTail ?? '';
      expect(done).not.toMatch(/rename|remove|change|driver|manifest/);
      // The control: there are places where it can write.
      expect(done).toMatch(image === undefined ? /append/ : /stdout/);
      expect(byId.get('doc2')).toMatchObject({ status: 'ok', fields: { text: 'text 2' } });
      // A second line for a document makes it invalid; a file that lay there before it began is not what it printed.
      expect(byId.get('doc1')).toMatchObject(
        image === undefined ? { status: 'invalid-output' } : { status: 'ok', fields: { text: 'text 1' } },
      );
      expect(JSON.stringify(got)).not.toContain('forged');
      expect(cloud.edge.tasks).toHaveLength(1);
      // What it broke is seen by nobody else.
      const again = await site.measure(runner, 'cat "$DOCOPS_DOCUMENT" >&2; echo "{}"', {
        documents: site.documents(3),
      });
      expect(again.map(({ stderrTail }) => stderrTail)).toEqual(['text 0', 'text 1', 'text 2']);
      await runner.close();
    });

    it.each(images)(
      'overfills nothing: what is too much is cut or refused, and the others are whole (image %s)',
      async (image) => {
        const { runner, books } = makeRunner(cloud);
        const got = await site.measure(
          runner,
          `case $DOCOPS_DOCUMENT_ID in doc0) head -c 30000000 /dev/zero | tr '\\0' x;;
doc1) head -c 30000000 /dev/zero | tr '\\0' y >&2; echo '{}';; *) echo '{"a": 1}';; esac`,
          { documents: site.documents(3), extract: imaged(image) },
        );
        const byId = new Map(got.map((prediction) => [prediction.id, prediction]));
        expect(byId.get('doc0')!.status).toBe('output-limit');
        expect(byId.get('doc1')).toMatchObject({ status: 'ok', fields: {} });
        expect(byId.get('doc1')!.stderrTail!.length).toBeLessThanOrEqual(4096);
        expect(byId.get('doc2')).toMatchObject({ status: 'ok', fields: { a: 1 } });
        expect(books.rows).toHaveLength(1);
        await runner.close();
      },
    );
  },
);
