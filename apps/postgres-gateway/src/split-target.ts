/** Splits the target's part off `target.schema.table.column`; braces may hold dots. */
export function splitTarget(column: string): readonly [target: string, rest: string] {
  let braces = 0;
  for (let i = 0; i < column.length; i++) {
    const character = column[i];
    if (character === '{') braces += 1;
    else if (character === '}') braces -= 1;
    else if (character === '.' && braces === 0) return [column.slice(0, i), column.slice(i + 1)];
  }
  return [column, ''];
}
