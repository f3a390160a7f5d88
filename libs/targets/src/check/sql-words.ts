/** A name as SQL writes it, quoted always. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A statement with names put in, quoted; `{ raw }` goes in as it is. Ends with a semicolon. */
export function statement(
  parts: TemplateStringsArray,
  ...names: readonly (string | { readonly raw: string })[]
): string {
  const text = parts.map((part, i) => {
    const name = names[i];
    return part + (name === undefined ? '' : typeof name === 'string' ? identifier(name) : name.raw);
  });
  return `${text.join('')};`;
}
