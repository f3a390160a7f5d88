/** The words of a text, for tables that would fill a page at one word a line. */
export function wordList(text: string): string[] {
  return text.trim().split(/\s+/);
}
