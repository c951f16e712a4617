/** Registering an App from a manifest. https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest */
import { randomBytes } from 'node:crypto';
import { ApiError, notFound } from './answer.js';
import type { Backing } from './backing.js';
import type { Shapes } from './shapes.js';
import type { Webhooks } from './webhooks.js';
import type { Json, World } from './world.js';

export class Manifests {
  readonly #world: World;
  readonly #shapes: Shapes;
  readonly #webhooks: Webhooks;
  readonly #backing: Backing;
  readonly #codes = new Map<string, Json>();

  constructor(world: World, shapes: Shapes, webhooks: Webhooks, backing: Backing) {
    this.#world = world;
    this.#shapes = shapes;
    this.#webhooks = webhooks;
    this.#backing = backing;
  }

  /** The form that a browser posts; returns where it is sent back to, with a code that works once. */
  register(text: unknown, state: string | null): string {
    const manifest = parse(text);
    const back = manifest['redirect_url'];
    if (typeof back !== 'string' || !URL.canParse(back))
      throw new ApiError(422, 'the manifest has no redirect_url');
    const code = randomBytes(20).toString('hex');
    this.#codes.set(code, manifest);
    const location = new URL(back);
    location.searchParams.set('code', code);
    if (state !== null) location.searchParams.set('state', state);
    return location.href;
  }

  /** There is one App here; the manifest sets what it may do and where its webhooks go. */
  convert(code: string): Json {
    const manifest = this.#codes.get(code);
    if (manifest === undefined) throw notFound();
    this.#codes.delete(code);
    const { app } = this.#world;
    const { default_permissions: permissions, default_events: events, hook_attributes: hook } = manifest;
    if (typeof permissions === 'object' && permissions !== null)
      app.permissions = permissions as Record<string, string>;
    if (Array.isArray(events)) app.events = events.map(String);
    const { callback_urls: callbacks } = manifest;
    if (Array.isArray(callbacks)) app.callbackUrls = callbacks.map(String);
    const url = typeof hook === 'object' && hook !== null ? (hook as Json)['url'] : undefined;
    if (typeof url === 'string') this.#webhooks.url = url;
    this.#backing.changed();
    return {
      ...this.#shapes.app(),
      client_id: app.clientId,
      client_secret: app.clientSecret,
      webhook_secret: app.webhookSecret,
      pem: app.privateKey,
    };
  }
}

function parse(text: unknown): Json {
  try {
    const manifest: unknown = typeof text === 'string' ? JSON.parse(text) : null;
    if (typeof manifest === 'object' && manifest !== null) return manifest as Json;
  } catch {
    // Said below.
  }
  throw new ApiError(422, 'the manifest is no JSON object');
}
