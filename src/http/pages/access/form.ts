/** The form that asks for a token. */
import { TOKEN_NAME_CHARACTERS } from '../../../flow/api-tokens.js';
import { TOKEN_SCOPES, type TokenScope } from '../../../ports/tokens.js';

export const LIFETIMES = [7, 30, 90, 180, 365] as const;

export interface Form {
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  readonly days: number;
  /** Sentences; empty: it is good. */
  readonly problems: readonly string[];
}

export const EMPTY_FORM: Form = { name: '', scopes: ['runs:read'], days: 90, problems: [] };

type Body = Readonly<Record<string, unknown>>;

export function readForm(body: Body): Form {
  const name = textOf(body['name']).trim();
  const wanted = [body['scope']]
    .flat()
    .map(textOf)
    .filter((scope) => scope !== '');
  const scopes = TOKEN_SCOPES.filter((scope) => wanted.includes(scope));
  const days = LIFETIMES.find((each) => String(each) === textOf(body['days']));
  const problems = [
    ...nameProblems(name),
    ...(scopes.length === 0 ? ['Choose at least one thing that the token may do.'] : []),
    ...(wanted.some((scope) => !(TOKEN_SCOPES as readonly string[]).includes(scope))
      ? [`The scopes are ${TOKEN_SCOPES.join(', ')}.`]
      : []),
    ...(days === undefined ? [`Choose one of ${LIFETIMES.join(', ')} days.`] : []),
  ];
  return { name: name.slice(0, TOKEN_NAME_CHARACTERS), scopes, days: days ?? EMPTY_FORM.days, problems };
}

function nameProblems(name: string): string[] {
  if (name === '') return ['Give the token a name: what will use it.'];
  if (name.length > TOKEN_NAME_CHARACTERS)
    return [`Give it a name of at most ${TOKEN_NAME_CHARACTERS} characters.`];
  return /\p{C}/u.test(name) ? ['Leave control characters out of the name.'] : [];
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
