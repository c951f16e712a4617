/** The two distributions that we use of jstat, which ships no types. */
declare module 'jstat' {
  interface Distribution<Parameters extends readonly number[]> {
    /** Quantile function: the x with P(X ≤ x) = p. */
    inv(p: number, ...parameters: Parameters): number;
  }
  const jstat: {
    readonly normal: Distribution<readonly [mean: number, standardDeviation: number]>;
    readonly studentt: Distribution<readonly [degreesOfFreedom: number]>;
  };
  export default jstat;
}
