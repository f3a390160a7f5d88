/** Answers of the control API are read with care: another version may leave members out. */
export function itemsOf(answer: unknown): { readonly items: readonly unknown[]; readonly next: string | null } {
  const { items, next } = (answer ?? {}) as { items?: unknown; next?: unknown };
  return { items: Array.isArray(items) ? items : [], next: typeof next === 'string' ? next : null };
}

/** The value at a path as text; a list is joined, what is absent is empty. */
export function textAt(record: unknown, ...path: readonly string[]): string {
  let value: unknown = record;
  for (const key of path) value = (value as Record<string, unknown> | null | undefined)?.[key];
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(String).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
}

/** Said when a list is empty: one sees one's own, an auditor everyone's, so that nothing found need not mean that nothing is there. */
export function nothingFound(what: 'operations' | 'sessions' | 'approvals' | 'grants' | 'credentials'): string {
  return `no ${what} found among those that this person may see (docs/rest.md, "Who sees what")\n`;
}
