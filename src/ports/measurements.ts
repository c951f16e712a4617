import type { Prediction } from '../core/words.js';

/**
 * Where predictions are kept so that nothing is measured twice. One log for each measurement key; a record for each
 * document, found by the hash of the document's content. Only predictions with status `ok` are kept: a failure may
 * come from the machine, and one who mends the machine must not meet the old failure again.
 */
export interface MeasurementStore {
  /** `key`: hex hash over fingerprint, extraction settings, environment and run number. Throws on I/O errors only. */
  open(key: string): Promise<MeasurementLog>;
}

export interface MeasurementLog {
  /** Records that were unreadable (half-written, checksum wrong) and therefore are measured again. */
  readonly damaged: number;
  get(contentHash: string): Prediction | undefined;
  append(contentHash: string, prediction: Prediction): Promise<void>;
  close(): Promise<void>;
}

/** Whether what was read back is a prediction that is kept; another version may have written something else. */
export function isKeptPrediction(value: unknown): value is Prediction {
  if (typeof value !== 'object' || value === null) return false;
  const { id, status, seconds, fields } = value as Record<string, unknown>;
  return (
    typeof id === 'string' &&
    status === 'ok' &&
    typeof seconds === 'number' &&
    typeof fields === 'object' &&
    fields !== null &&
    !Array.isArray(fields)
  );
}
