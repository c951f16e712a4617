/** What a dispute leaves in the ledger and is answered with, where the configuration masks the field. */
import { describe, expect, it } from 'vitest';
import type { Evaluation, LabelDispute } from '../../src/core/app-words.js';
import type { Report } from '../../src/core/report/schema.js';
import type { CommandCall } from '../../src/flow/commands.js';
import { disputeLabel } from '../../src/flow/ledger-commands.js';
import { pullRequest, repositoryRef } from '../postgres/make.js';
import { evaluation, reported } from '../core/check/support.js';
import { blockReport } from '../support/report.js';

const VALUE = 'Geheimwert';

async function dispute(report: Report, field: string): Promise<{ text: string; kept: unknown }> {
  const kept: Omit<LabelDispute, 'id' | 'at'>[] = [];
  const current: Evaluation = evaluation();
  const ports = {
    github: { permission: () => Promise.resolve({ kind: 'role', role: 'write', canWrite: true }) },
    store: {
      attempts: () => Promise.resolve([current]),
      reports: () => Promise.resolve([reported(report)]),
      dispute: (_repository: number, one: Omit<LabelDispute, 'id' | 'at'>) => {
        kept.push(one);
        return Promise.resolve(one);
      },
    },
  };
  const call = {
    ports,
    repository: repositoryRef(),
    pullRequest: pullRequest(),
    login: 'bob',
    cause: 'comment:1:0',
  } as unknown as CommandCall;
  const { text } = await disputeLabel(call, {
    name: 'dispute-label',
    document: 'invoice-01',
    field,
    value: VALUE,
    reason: 'the document says so',
  });
  return { text, kept: kept[0]?.value };
}

describe('a disputed value', () => {
  it('of a masked field stands neither in the reply nor in the ledger', async () => {
    const { text, kept } = await dispute(blockReport({ masked: ['grand_total'] }), 'grand_total');
    expect(kept).toBe('masked');
    expect(text).toContain('Noted');
    expect(text).not.toContain(VALUE);
  });

  it('of another field stands in both', async () => {
    const { text, kept } = await dispute(blockReport({ masked: ['seller.iban'] }), 'grand_total');
    expect(kept).toBe(VALUE);
    expect(text).toContain(VALUE);
  });
});
