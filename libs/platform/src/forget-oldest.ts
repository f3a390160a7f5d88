/**
 * Keeps a map within `most` entries: what was set first goes first. Whoever deletes an entry before setting it again makes the order that
 * of the last use.
 */
export function forgetOldest<K>(map: Map<K, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) return;
    map.delete(oldest);
  }
}
