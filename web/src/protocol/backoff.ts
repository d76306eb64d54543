const FIRST_MS = 500;
const MOST_MS = 10_000;

/**
 * How long to wait before the n-th try in a row (0 is the first). Half of it is
 * chance, so that a server that comes back is not met by everybody at once.
 */
export function backoffMs(attempt: number, chance: number): number {
  const full = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full / 2 + (full / 2) * Math.min(1, Math.max(0, chance)));
}
