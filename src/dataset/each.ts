/** Several at once; after the first failure nothing new is begun, and it is thrown when what was begun has ended. */
import pLimit from 'p-limit';

export async function each<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const limit = pLimit(atOnce);
  const failures: unknown[] = [];
  await Promise.all(
    items.map((item) =>
      limit(async () => {
        if (failures.length > 0) return;
        await work(item).catch((error: unknown) => failures.push(error));
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}
