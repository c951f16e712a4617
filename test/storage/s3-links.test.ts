/** How long a link lives, where what signs it ends too. */
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createS3Blobs } from '../../src/storage/s3/index.js';

const HOUR_MS = 3_600_000;

describe('a link that is signed with credentials that end', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  /** Each time that it is asked it has other credentials, which last so long. */
  function blobsWith(...lastMs: readonly (number | Error)[]) {
    let asked = 0;
    const client = new S3Client({
      region: 'us-east-1',
      requestChecksumCalculation: 'WHEN_REQUIRED',
      credentials: () => {
        const last = lastMs[Math.min(asked, lastMs.length - 1)] ?? 0;
        asked += 1;
        if (last instanceof Error) return Promise.reject(last);
        const expiration = last === Infinity ? {} : { expiration: new Date(Date.now() + last) };
        return Promise.resolve({ accessKeyId: `KEY${asked}`, secretAccessKey: 'secret', ...expiration });
      },
    });
    const blobs = createS3Blobs({ client, bucket: 'bucket', prefix: '' });
    const signedBy = async (seconds: number): Promise<string | undefined> => {
      const url = new URL(await blobs.link('key', 'PUT', seconds));
      return url.searchParams.get('X-Amz-Credential')?.split('/')[0];
    };
    return { signedBy, asked: () => asked };
  }

  it('is signed with those at hand while they last longer than it has to', async () => {
    const { signedBy, asked } = blobsWith(6 * HOUR_MS);
    expect(await signedBy(3_600)).toBe('KEY1');
    expect(await signedBy(3_600)).toBe('KEY1');
    expect(asked()).toBe(1);
  });

  it('is signed with others when those at hand end before it, however many are made at once', async () => {
    const { signedBy, asked } = blobsWith(0.25 * HOUR_MS, 6 * HOUR_MS);
    expect(await signedBy(60)).toBe('KEY1');
    expect(new Set(await Promise.all([1, 2, 3].map(() => signedBy(3_600))))).toEqual(new Set(['KEY2']));
    expect(asked()).toBe(2);
  });

  it('is signed with those at hand where none last longer, and those are not asked for each time', async () => {
    const { signedBy, asked } = blobsWith(0.5 * HOUR_MS);
    for (let i = 0; i < 20; i++) await signedBy(3_600);
    expect(asked()).toBe(2);
    vi.setSystemTime(Date.now() + 61_000);
    await signedBy(3_600);
    expect(asked()).toBe(3);
  });

  it('is signed with those at hand where others cannot be had, and with those that never end', async () => {
    expect(await blobsWith(0.5 * HOUR_MS, new Error('away')).signedBy(3_600)).toBe('KEY1');
    const endless = blobsWith(Infinity);
    expect(await endless.signedBy(3_600)).toBe('KEY1');
    expect(endless.asked()).toBe(1);
  });
});
