export type Environment = Readonly<Record<string, string | undefined>>;

export interface SettingProblem {
  readonly variable: string;
  /** Goes on after the variable's name; never has a value in it. */
  readonly problem: string;
  readonly mend: string;
}

/** A variable that is set and was refused already; it is not missing too. */
export function isBroken(env: Environment, problems: readonly SettingProblem[], name: string): boolean {
  return (env[name] ?? '').trim() !== '' && problems.some(({ variable }) => variable === name);
}
