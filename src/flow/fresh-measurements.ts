import type { MeasurementLog, MeasurementStore } from '../ports/measurements.js';
import type { Prediction } from '../core/words.js';

/** A store that starts empty and is forgotten: `/rerun-eval full` measures everything again. */
export function freshMeasurements(): MeasurementStore {
  const logs = new Map<string, Map<string, Prediction>>();
  return {
    open(key): Promise<MeasurementLog> {
      const kept = logs.get(key) ?? new Map<string, Prediction>();
      logs.set(key, kept);
      return Promise.resolve({
        damaged: 0,
        get: (contentHash) => kept.get(contentHash),
        append(contentHash, prediction) {
          kept.set(contentHash, prediction);
          return Promise.resolve();
        },
        close: () => Promise.resolve(),
      });
    },
  };
}
