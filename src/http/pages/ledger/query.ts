/** What of the ledger is asked for; a value that cannot be one is left aside. */
import type { Context } from 'hono';
import type { LedgerFilter } from '../../../ports/insight.js';

export interface Asked {
  /** As they stand in the form. */
  readonly action: string;
  readonly actor: string;
  readonly filter: Omit<LedgerFilter, 'limit'>;
}

export function asked(c: Context): Asked {
  const given = (name: string, pattern: RegExp): string => {
    const value = c.req.query(name)?.trim() ?? '';
    return pattern.test(value) ? value : '';
  };
  const action = given('action', /^[a-z][a-z.-]{0,60}$/);
  const actor = given('actor', /^@?[^\s\p{C}]{1,100}$/u).replace(/^@/, '');
  const before = given('before', /^[1-9]\d{0,14}$/);
  return {
    action,
    actor,
    filter: {
      ...(action === '' ? {} : { action }),
      ...(actor === '' ? {} : { actor }),
      ...(before === '' ? {} : { before: Number(before) }),
    },
  };
}
