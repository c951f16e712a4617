/** `app.yml`, the App as it is registered: permissions and events, each with its reason beside it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { SIGN_IN_CALLBACK } from './http/sign-in-path.js';
import { WEBHOOK_PATH } from './http/webhook.js';
import { packageRoot } from './package-root.js';

const appSchema = z.object({
  name: z.string(),
  description: z.string(),
  public: z.boolean(),
  default_permissions: z.record(z.string(), z.enum(['read', 'write'])),
  default_events: z.array(z.string()),
});
export type AppFile = z.infer<typeof appSchema>;

export function readAppFile(): AppFile {
  return appSchema.parse(parse(readFileSync(join(packageRoot(), 'app.yml'), 'utf8')));
}

export interface ManifestPlaces {
  /** Public address of this server, without a slash at its end. */
  readonly url: string;
  /** Where GitHub sends the browser with the code. */
  readonly redirectUrl: string;
  /** Unique on GitHub; can be changed on its page. */
  readonly name: string;
}

/** https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#github-app-manifest-parameters */
export function manifestFor(app: AppFile, { url, redirectUrl, name }: ManifestPlaces): object {
  return {
    name,
    url,
    description: app.description,
    public: app.public,
    hook_attributes: { url: `${url}${WEBHOOK_PATH}`, active: true },
    redirect_url: redirectUrl,
    // Where people come back to who sign in to the pages.
    callback_urls: [`${url}${SIGN_IN_CALLBACK}`],
    request_oauth_on_install: false,
    default_permissions: app.default_permissions,
    default_events: app.default_events,
  };
}
