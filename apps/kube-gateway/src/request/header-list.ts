/** One header line: its name in lower case, its value with bytes as characters, as Node gives it. */
export type HeaderLine = readonly [name: string, value: string];

/** Node's flat `rawHeaders` as lines in wire order. */
export function headerLines(rawHeaders: readonly string[]): HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    lines.push([(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '']);
  }
  return lines;
}

/** Every value of one header, in wire order. */
export function valuesOf(lines: readonly HeaderLine[], name: string): string[] {
  return lines.filter(([one]) => one === name).map(([, value]) => value);
}

/** The members of a header that is a list, over all its lines; empty members are left out. */
export function listOf(lines: readonly HeaderLine[], name: string): string[] {
  return valuesOf(lines, name)
    .flatMap((value) => value.split(','))
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
