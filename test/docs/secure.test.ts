import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  ACCESS_REMEMBERED_MS,
  REFUSAL_REMEMBERED_MS,
  REQUEST_HEADERS_MS,
  REQUEST_MS,
  SESSION_MS,
  SHORT_LIVED_MS,
  WEBHOOK_BYTES,
  WEBHOOK_BYTES_IN_FLIGHT,
  WEBHOOK_SECRET_CHARACTERS,
} from '../../src/core/limits.js';
import { VARIABLES } from '../../src/settings/variables.js';

const text = readFileSync(new URL('../../docs/secure.md', import.meta.url), 'utf8');

describe('docs/secure.md', () => {
  it('states the limits that hold', () => {
    const mebibyte = 1024 ** 2;
    expect(text).toContain(`larger than ${WEBHOOK_BYTES / mebibyte} MB`);
    expect(text).toContain(`more than ${WEBHOOK_BYTES_IN_FLIGHT / mebibyte} MB of bodies at once`);
    expect(text).toContain(
      `after ${REQUEST_HEADERS_MS / 1000} s for headers, ${REQUEST_MS / 1000} s for all`,
    );
    expect(text).toContain(`shorter than ${WEBHOOK_SECRET_CHARACTERS} characters`);
    expect(text).toContain(`It listens on ${VARIABLES.HOST.without} unless it is told otherwise`);
  });

  it('states how long a permission, a session and a link to a document hold', () => {
    expect(text).toContain(`after ${ACCESS_REMEMBERED_MS / 1000} s at the latest`);
    expect(text).toContain(`a no is asked again after ${REFUSAL_REMEMBERED_MS / 1000} s`);
    expect(text).toContain(`A session lasts ${SESSION_MS / 3_600_000} hours`);
    expect(text).toContain(`links that hold ${SHORT_LIVED_MS / 60_000} minutes`);
  });

  it('says that the link is the key, and what trusted code can reach', () => {
    expect(text).toContain('**the link is the key**');
    expect(text).toContain('**Without the sandbox the code runs as the user of DocOps:**');
  });
});
