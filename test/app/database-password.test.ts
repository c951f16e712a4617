import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { databasePassword } from '../../src/database-password.js';
import { openPool } from '../../src/postgres/pool.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/postgres/embedded.js';
import { createQueue, migrateQueue } from '../../src/queue/index.js';
import { CREDENTIALS, REGION, requireMoto, useMoto } from '../support/cloud/moto.js';
import { silent } from '../queue/silent.js';

describe.skipIf(!requireMoto())('the password of the database in a secret (needs moto)', () => {
  const moto = useMoto();
  let client: SecretsManagerClient;
  let server: EmbeddedPostgres;
  let url: string;

  const keep = async (text: string): Promise<string> => {
    const { ARN } = await client.send(
      new CreateSecretCommand({ Name: `database-${Math.random()}`, SecretString: text }),
    );
    return ARN!;
  };
  const setPassword = async (password: string): Promise<void> => {
    const administrator = new pg.Client({ connectionString: server.url });
    await administrator.connect();
    await administrator.query(`alter role rotating with login password '${password}'`);
    await administrator.end();
  };

  beforeAll(async () => {
    client = new SecretsManagerClient({ endpoint: moto.url, region: REGION, credentials: CREDENTIALS });
    server = await startEmbeddedPostgres({
      folder: mkdtempSync(join(tmpdir(), 'docops-password-')),
      disposable: true,
    });
    const administrator = new pg.Client({ connectionString: server.url });
    await administrator.connect();
    await administrator.query(`create role rotating with login superuser password 'first'`);
    await administrator.end();
    const address = new URL(server.url);
    address.username = 'rotating';
    address.password = '';
    url = address.href;
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });

  it('is followed when it rotates: connections that are opened afterwards have the new one', async () => {
    const arn = await keep(JSON.stringify({ username: 'rotating', password: 'first' }));
    await setPassword('first');
    const password = databasePassword(arn, client);
    const pool = openPool({ url, password }, { max: 1 });
    expect((await pool.query<{ me: string }>('select current_user as me')).rows).toEqual([
      { me: 'rotating' },
    ]);
    await setPassword('second');
    await client.send(
      new PutSecretValueCommand({ SecretId: arn, SecretString: JSON.stringify({ password: 'second' }) }),
    );
    await pool.end();
    vi.useFakeTimers({ now: Date.now() + 31_000, toFake: ['Date'] });
    try {
      const later = openPool({ url, password }, { max: 1 });
      expect((await later.query('select 1')).rowCount).toBe(1);
      await later.end();
    } finally {
      vi.useRealTimers();
    }
  });

  it('opens the queue too', async () => {
    await setPassword('first');
    const password = databasePassword(await keep('first'), client);
    await migrateQueue(url, undefined, password);
    const queue = await createQueue({ backend: 'postgres', url, password, log: silent });
    expect(await queue.waiting()).toBeDefined();
    await queue.close();
    const wrong = databasePassword(await keep('wrong'), client);
    await expect(migrateQueue(url, undefined, wrong)).rejects.toThrow('password authentication failed');
  });

  it.each([
    [
      'is not there',
      () => Promise.resolve('arn:aws:secretsmanager:us-east-1:123456789012:secret:none'),
      /cannot be read/,
    ],
    ['has no password', () => keep('{"username": "a"}'), /no "password"/],
    ['is broken JSON', () => keep('{"password": '), /no "password"/],
  ])('says which secret %s', async (_what, make, message) => {
    await expect(databasePassword(await make(), client)()).rejects.toThrow(message);
  });
});
