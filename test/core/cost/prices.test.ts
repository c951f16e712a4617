import { describe, expect, it } from 'vitest';
import { LIST_PRICES, pricesAreOld, readPrices } from '../../../src/core/cost/prices.js';
import { UsageError } from '../../../src/core/errors.js';

const FILE = `
source: https://aws.amazon.com/fargate/pricing/
date: "2026-11-23"
region: eu-central-1
vcpu_hour_usd: 0.04656
gib_hour_usd: 0.00511
`;

function refusal(text: string): UsageError {
  try {
    readPrices(text, 'prices.yml');
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('the file was read');
}

describe('a file with prices', () => {
  it('is read as YAML and as JSON; what is left out is as with the list prices, and a GPU has no price then', () => {
    const prices = {
      source: 'https://aws.amazon.com/fargate/pricing/',
      date: '2026-11-23',
      region: 'eu-central-1',
      vcpuHourUsd: 0.04656,
      gibHourUsd: 0.00511,
      spotFactor: LIST_PRICES.spotFactor,
      gpuHourUsd: null,
      leastSeconds: LIST_PRICES.leastSeconds,
    };
    expect(readPrices(FILE, 'prices.yml')).toEqual(prices);
    const json = JSON.stringify({
      source: prices.source,
      date: prices.date,
      region: prices.region,
      vcpu_hour_usd: prices.vcpuHourUsd,
      gib_hour_usd: prices.gibHourUsd,
      gpu_hour_usd: 1.006,
      spot_factor: 0.4,
      least_seconds: 0,
    });
    expect(readPrices(json, 'prices.json')).toEqual({
      ...prices,
      gpuHourUsd: 1.006,
      spotFactor: 0.4,
      leastSeconds: 0,
    });
  });

  it('is refused with the place of every mistake and what to write instead', () => {
    const error = refusal(
      FILE.replace('0.04656', '"0.04"')
        .replace('region: eu-central-1\n', '')
        .concat('gpu_hour: 1\nspot_factor: 70\n'),
    );
    expect(error.message).toContain(
      'prices.yml:4: vcpu_hour_usd has to be a number of US dollars for one hour',
    );
    expect(error.message).toContain('region is missing');
    expect(error.message).toContain('prices.yml:6: gpu_hour is not known here');
    expect(error.message).toContain('gpu_hour_usd');
    expect(error.message).toContain('prices.yml:7: spot_factor has to be at most 1');
    expect(error.mend).toContain('DOCOPS_PRICES');
  });

  it.each([
    ['negative prices', FILE.replace('0.04656', '-1'), 'vcpu_hour_usd has to be 0 or more'],
    ['cents or months', FILE.replace('0.04656', '4048'), 'vcpu_hour_usd is more than 1000 US dollars'],
    ['a day that does not exist', FILE.replace('2026-11-23', '2026-02-30'), 'date has to be the day'],
    ['no source', FILE.replace(/source: .*/u, 'source: ""'), 'source is empty'],
    ['something else than keys', '- 1\n', 'prices.yml:1: the file'],
    ['nothing', '', 'prices.yml'],
    ['broken YAML', 'source: [\n', 'prices.yml:'],
  ])('is refused with %s', (_what, text, problem) => {
    expect(refusal(text).message).toContain(problem);
  });

  it('is old after 90 days', () => {
    const at = (date: string): boolean => pricesAreOld({ date: '2026-01-01' }, Date.parse(date));
    expect(at('2026-01-01T00:00:00Z')).toBe(false);
    expect(at('2026-04-01T00:00:00Z')).toBe(false);
    expect(at('2026-04-01T00:00:01Z')).toBe(true);
  });
});
