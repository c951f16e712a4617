import { readYaml, type Locate } from './yaml.js';

/** Finds places in a configuration that `readConfig` has accepted, for checks that need more than its text. */
export function locateInConfig(text: string, file: string): Locate {
  return readYaml(text, file).locate;
}
