/** Signed webhooks and the log of their attempts, as an App has them on GitHub. */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { Webhooks as Signer } from '@octokit/webhooks';
import type { Json } from './world.js';
import type { DeliveryFate, DeliveryRecord } from './types.js';

/** GitHub waits so long for the answer. https://docs.github.com/webhooks/using-webhooks/best-practices-for-using-webhooks */
const ANSWER_MS = 10_000;
/** A delayed delivery lets so many others pass, or waits so long when none come. */
const DELAY_DELIVERIES = 2;
const DELAY_MS = 250;

interface Parcel {
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  readonly body: string;
  readonly redelivery: boolean;
}

interface Delayed {
  readonly parcel: Parcel;
  passes: number;
  readonly timer: NodeJS.Timeout;
}

type Policy = (delivery: { event: string; action: string | null; guid: string }) => DeliveryFate;

export class Webhooks {
  readonly deliveries: DeliveryRecord[] = [];
  url: string | null = null;
  readonly #signer: Signer;
  policy: Policy = () => 'deliver';
  readonly #atOnce: number;
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true }),
  };
  readonly #queue: Parcel[] = [];
  readonly #delayed: Delayed[] = [];
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;
  #lastId = 0;
  #closed = false;

  constructor(options: { secret: string; atOnce: number }) {
    this.#signer = new Signer({ secret: options.secret });
    this.#atOnce = options.atOnce;
  }

  /** Takes the payload as it is now and returns; sending comes later. */
  emit(
    event: string,
    action: string | null,
    payload: Json,
    about: { readonly installationId: number | null; readonly repositoryId: number | null },
  ): void {
    const parcel: Parcel = {
      ...about,
      guid: randomUUID(),
      event,
      action,
      body: JSON.stringify(payload),
      redelivery: false,
    };
    const fate = this.policy({ event, action, guid: parcel.guid });
    if (fate === 'lose') this.#record(parcel, { statusCode: 502, status: 'failed to connect to host' }, 0);
    if (fate === 'delay') this.#delay(parcel, DELAY_MS, DELAY_DELIVERIES);
    if (typeof fate === 'object') {
      for (const ms of fate.afterMs) this.#delay(parcel, ms, Number.POSITIVE_INFINITY);
      return;
    }
    const copies = { deliver: 1, twice: 2, thrice: 3, lose: 0, delay: 0 }[fate];
    for (let copy = 0; copy < copies; copy += 1) this.#enqueue(parcel);
  }

  /** Sends the newest attempt of a guid once more. */
  redeliver(guid: string): boolean {
    const record = this.deliveries.findLast((delivery) => delivery.guid === guid);
    if (record === undefined) return false;
    const { event, action, installationId, repositoryId, body } = record;
    this.#enqueue({ guid, event, action, installationId, repositoryId, body, redelivery: true });
    return true;
  }

  async idle(): Promise<void> {
    for (const delayed of this.#delayed.splice(0)) this.#release(delayed);
    if (this.#closed || (this.#queue.length === 0 && this.#underWay === 0)) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#queue.length = 0;
    for (const { timer } of this.#delayed.splice(0)) clearTimeout(timer);
    for (const agent of Object.values(this.#agents)) agent.destroy();
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #delay(parcel: Parcel, ms: number, passes: number): void {
    const delayed: Delayed = {
      parcel,
      passes,
      timer: setTimeout(() => {
        const at = this.#delayed.indexOf(delayed);
        if (at < 0) return;
        this.#delayed.splice(at, 1);
        this.#release(delayed);
      }, ms),
    };
    this.#delayed.push(delayed);
  }

  #release(delayed: Delayed): void {
    clearTimeout(delayed.timer);
    this.#enqueue(delayed.parcel);
  }

  #enqueue(parcel: Parcel): void {
    if (this.#closed) return;
    this.#queue.push(parcel);
    this.#pump();
  }

  #pump(): void {
    while (this.#underWay < this.#atOnce) {
      const parcel = this.#queue.shift();
      if (parcel === undefined) break;
      this.#underWay += 1;
      void this.#send(parcel).finally(() => {
        this.#underWay -= 1;
        this.#letPass();
        this.#pump();
        if (this.#underWay === 0 && this.#queue.length === 0)
          for (const resolve of this.#waiting.splice(0)) resolve();
      });
    }
  }

  #letPass(): void {
    for (const delayed of [...this.#delayed]) {
      delayed.passes -= 1;
      if (delayed.passes > 0) continue;
      this.#delayed.splice(this.#delayed.indexOf(delayed), 1);
      this.#release(delayed);
    }
  }

  async #send(parcel: Parcel): Promise<void> {
    const started = performance.now();
    const outcome = await this.#post(parcel);
    this.#record(parcel, outcome, performance.now() - started);
  }

  async #post(parcel: Parcel): Promise<{ statusCode: number; status: string }> {
    if (this.url === null) return { statusCode: 502, status: 'no webhook URL' };
    const url = new URL(this.url);
    const secure = url.protocol === 'https:';
    const headers = {
      accept: '*/*',
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(parcel.body),
      'user-agent': 'GitHub-Hookshot/emulated',
      'x-github-delivery': parcel.guid,
      'x-github-event': parcel.event,
      'x-github-hook-installation-target-type': 'integration',
      'x-hub-signature-256': await this.#signer.sign(parcel.body),
    };
    return new Promise((resolve) => {
      const request = (secure ? https : http).request(
        url,
        { method: 'POST', headers, agent: this.#agents[secure ? 'https:' : 'http:'] },
        (response) => {
          response.resume();
          const statusCode = response.statusCode ?? 0;
          const fine = statusCode >= 200 && statusCode < 300;
          const status = fine ? 'OK' : `Invalid HTTP Response: ${statusCode}`;
          response.once('end', () => resolve({ statusCode, status }));
          response.once('error', () => resolve({ statusCode: 502, status: 'failed to connect to host' }));
        },
      );
      request.setTimeout(ANSWER_MS, () => {
        resolve({ statusCode: 504, status: 'timed out' });
        request.destroy();
      });
      request.once('error', () => resolve({ statusCode: 502, status: 'failed to connect to host' }));
      request.end(parcel.body);
    });
  }

  #record(
    parcel: Parcel,
    outcome: { readonly statusCode: number; readonly status: string },
    durationMs: number,
  ): void {
    this.deliveries.push({
      ...parcel,
      ...outcome,
      id: (this.#lastId += 1),
      deliveredAt: new Date(),
      durationMs,
    });
  }
}
