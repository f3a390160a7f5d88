const widest = 80;

/** Rows as aligned columns with a heading; a long cell is cut, control characters are shown as escapes. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [headings, ...rows.map((row) => row.map(printable))];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => lengthOf(row[column] ?? ''))));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - lengthOf(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** In characters, not in the units that UTF-16 needs for them. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** What stands in the record was written by others: it must not drive the terminal. */
export function printable(text: string): string {
  const clean = text
    .replace(/\s+/g, ' ')
    .replace(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  const characters = Array.from(clean);
  return characters.length > widest ? `${characters.slice(0, widest - 1).join('')}…` : clean;
}

/** As {@link printable}, whole and with its lines. */
export function printableLines(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
