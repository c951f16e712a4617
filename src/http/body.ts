/** Reads request bodies within two limits: of one body, and of all that are held at once. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export type Body =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  /** The bodies of other requests fill what is set aside for them. */
  | { readonly kind: 'busy' }
  /** The client went away. */
  | { readonly kind: 'gone' };

export interface BodyReader {
  /** `use` gets the body; its memory counts until `use` is done. */
  withBody<T>(
    request: IncomingMessage,
    response: ServerResponse,
    use: (body: Body) => Promise<T>,
  ): Promise<T>;
}

export function createBodyReader(limits: {
  readonly bytes: number;
  readonly bytesInFlight: number;
}): BodyReader {
  let inFlight = 0;
  return {
    async withBody(request, response, use) {
      const announced = Number(request.headers['content-length'] ?? 0);
      if (announced > limits.bytes) return use({ kind: 'too-large' });
      if (inFlight + announced > limits.bytesInFlight) return use({ kind: 'busy' });
      // Nobody sends 25 MB to hear a no: `curl` and others ask first.
      if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
      let held = 0;
      const take = (bytes: number): 'too-large' | 'busy' | undefined => {
        held += bytes;
        inFlight += bytes;
        if (held > limits.bytes) return 'too-large';
        return inFlight > limits.bytesInFlight ? 'busy' : undefined;
      };
      try {
        return await use(await read(request, take));
      } finally {
        inFlight -= held;
      }
    },
  };
}

function read(
  request: IncomingMessage,
  take: (bytes: number) => 'too-large' | 'busy' | undefined,
): Promise<Body> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let done = false;
    const end = (body: Body): void => {
      done = true;
      chunks = [];
      resolve(body);
    };
    request.on('data', (chunk: Buffer) => {
      if (done) return;
      const refused = take(chunk.length);
      if (refused === undefined) chunks.push(chunk);
      else {
        request.pause();
        end({ kind: refused });
      }
    });
    request.once('end', () => {
      if (!done) end({ kind: 'body', bytes: Buffer.concat(chunks) });
    });
    request.once('error', () => end({ kind: 'gone' }));
    request.once('close', () => {
      if (!done) end({ kind: 'gone' });
    });
  });
}
