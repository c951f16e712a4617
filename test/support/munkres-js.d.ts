/** The package ships no types. Pairs of row and column of the cheapest assignment. */
declare module 'munkres-js' {
  export default function munkres(costs: number[][]): [number, number][];
}
