/** Answers of the API, their errors and their pages. */

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** A page for a browser, in place of `body`. */
  readonly html?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly errors: readonly unknown[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    options: { errors?: readonly unknown[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }

  answer(): Answer {
    return {
      status: this.status,
      headers: this.headers,
      body: {
        message: this.message,
        ...(this.errors === undefined ? {} : { errors: this.errors }),
        documentation_url: 'https://docs.github.com/rest',
        status: String(this.status),
      },
    };
  }
}

export function notFound(): ApiError {
  return new ApiError(404, 'Not Found');
}

export function ok(body: unknown, headers?: Readonly<Record<string, string>>): Answer {
  return headers === undefined ? { status: 200, body } : { status: 200, body, headers };
}

function positive(text: string | null, fallback: number): number {
  const number = Number(text ?? fallback);
  return Number.isInteger(number) && number > 0 ? number : fallback;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly headers: Readonly<Record<string, string>>;
}

/** `page` and `per_page` (30, at most 100), with the `Link` header. `url`: of this request. */
export function paginate<T>(url: URL, all: readonly T[]): Page<T> {
  const size = Math.min(100, positive(url.searchParams.get('per_page'), 30));
  const page = positive(url.searchParams.get('page'), 1);
  const last = Math.max(1, Math.ceil(all.length / size));
  const link = (to: number, rel: string) => {
    const target = new URL(url);
    target.searchParams.set('page', String(to));
    return `<${target.href}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev'), link(1, 'first')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
  ];
  return {
    items: all.slice((page - 1) * size, page * size),
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  };
}

/** A page that is found by the id it starts below: lists that grow while they are read. */
export function paginateByCursor<T extends { readonly id: number }>(
  url: URL,
  newestFirst: readonly T[],
): Page<T> {
  const size = Math.min(100, positive(url.searchParams.get('per_page'), 30));
  const cursor = url.searchParams.get('cursor');
  const below = cursor === null ? Infinity : Number(cursor.replace(/^v1_/, ''));
  const rest = newestFirst.filter((item) => item.id < below);
  const items = rest.slice(0, size);
  const last = items.at(-1);
  if (last === undefined || rest.length <= size) return { items, headers: {} };
  const target = new URL(url);
  target.searchParams.set('cursor', `v1_${last.id}`);
  return { items, headers: { link: `<${target.href}>; rel="next"` } };
}
