/** Prices of compute: the list prices that are shipped, and a file of one's own beside them. */
import { z } from 'zod';
import { readYaml } from '../config/yaml.js';
import { UsageError } from '../errors.js';
import type { ComputePrices } from './words.js';

/** Fargate, Linux on x86, us-east-1, and an hour of g4dn.xlarge behind a GPU. Spot is "up to 70 %" off. */
export const LIST_PRICES: ComputePrices = {
  source: 'https://aws.amazon.com/fargate/pricing/ and https://aws.amazon.com/ec2/pricing/on-demand/',
  date: '2026-06-01',
  region: 'us-east-1',
  vcpuHourUsd: 0.04048,
  gibHourUsd: 0.004445,
  spotFactor: 0.3,
  gpuHourUsd: 0.526,
  leastSeconds: 60,
};

const OLD_MS = 90 * 24 * 60 * 60 * 1000;

/** What an hour of anything costs at most; beyond, somebody wrote cents or a month. */
const MOST_HOUR_USD = 1_000;

const hour = z
  .number('has to be a number of US dollars for one hour, such as 0.04048')
  .nonnegative('has to be 0 or more US dollars for one hour')
  .max(
    MOST_HOUR_USD,
    `is more than ${MOST_HOUR_USD} US dollars for one hour: write dollars, and for one hour`,
  );

const words = (what: string) =>
  z
    .string(`has to be a text: ${what}`)
    .trim()
    .min(1, `is empty: write ${what}`)
    .max(500, 'is longer than 500 characters');

const fileSchema = z.strictObject({
  source: words('where the prices were read, such as an address'),
  date: z.iso.date('has to be the day when the prices were read, such as "2026-11-23"'),
  region: words('the region, such as eu-central-1'),
  vcpu_hour_usd: hour,
  gib_hour_usd: hour,
  spot_factor: z
    .number('has to be the part of the price that spot costs, such as 0.3 for 70 % off')
    .gt(0, 'has to be more than 0: 0.3 stands for 70 % off')
    .max(1, 'has to be at most 1: 0.3 stands for 70 % off')
    .default(LIST_PRICES.spotFactor),
  gpu_hour_usd: hour.nullable().default(null),
  least_seconds: z
    .int('has to be a whole number of seconds')
    .min(0, 'has to be 0 or more seconds')
    .max(3_600, 'has to be at most 3600 seconds')
    .default(LIST_PRICES.leastSeconds),
});

/** YAML or JSON. `shown`: the file's name for messages. Throws UsageError with every problem and its place. */
export function readPrices(text: string, shown: string): ComputePrices {
  const { value, locate, problems } = readYaml(text, shown);
  if (problems.length > 0)
    throw refusal(
      problems.map(({ place, message }) => `${at(place?.file ?? shown, place?.line)}: ${message}`),
    );
  const read = fileSchema.safeParse(value, { reportInput: true });
  if (!read.success)
    throw refusal(
      read.error.issues.flatMap((issue) => {
        if (issue.code === 'unrecognized_keys')
          return issue.keys.map(
            (key) =>
              `${at(shown, locate([key], 'key').line)}: ${key.slice(0, 60)} is not known here; the keys are ${Object.keys(fileSchema.shape).join(', ')}`,
          );
        const path = issue.path.filter((step) => typeof step !== 'symbol');
        const what = path.length === 0 ? 'the file' : path.join('.');
        const missing = issue.input === undefined && path.length > 0;
        return [
          `${at(shown, locate(path).line)}: ${what} ${missing ? 'is missing: it ' : ''}${issue.message}`,
        ];
      }),
    );
  const { data } = read;
  return {
    source: data.source,
    date: data.date,
    region: data.region,
    vcpuHourUsd: data.vcpu_hour_usd,
    gibHourUsd: data.gib_hour_usd,
    spotFactor: data.spot_factor,
    gpuHourUsd: data.gpu_hour_usd,
    leastSeconds: data.least_seconds,
  };
}

/** Prices that nobody read again for 90 days. */
export function pricesAreOld({ date }: Pick<ComputePrices, 'date'>, nowMs: number): boolean {
  return nowMs - Date.parse(`${date}T00:00:00Z`) > OLD_MS;
}

function at(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file}:${line}`;
}

function refusal(lines: readonly string[]): UsageError {
  return new UsageError(
    `the prices of compute cannot be read:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    'mend the file, or unset DOCOPS_PRICES to use the list prices that are shipped',
  );
}
