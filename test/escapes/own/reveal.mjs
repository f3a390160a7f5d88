// How a value is found in what a client was told. The ways of ../run.mjs, and those that need no value at all: how many rows, in
// which order, which of them NULL. Each returns what it found; nothing found is no leak.
import { isDeepStrictEqual } from 'node:util';
import { SEED, revealed } from '../run.mjs';
import { rowsOf } from './wire.mjs';

const text = (cell) => (cell === null ? null : cell.toString('utf8'));
const tags = (messages) =>
  messages.filter(({ t }) => t === 'C').map(({ b }) => b.toString('utf8').replaceAll('\0', ''));
const described = (messages) => {
  const last = messages.findLast(({ t }) => t === 'T')?.b;
  if (last === undefined) return [];
  let at = 2;
  return Array.from({ length: last.readInt16BE(0) }, () => {
    const end = last.indexOf(0, at);
    const name = last.toString('utf8', at, end);
    const column = { name, type: last.readInt32BE(end + 7), typmod: last.readInt32BE(end + 13) };
    at = end + 19;
    return column;
  });
};

/** What `{ op, equals }` compares; a value that follows from the seed and that no mask gives by chance. */
const looks = {
  /** how many rows came */
  'row-count': (messages) => rowsOf(messages).length,
  /** the first column, as text, in the order of the rows */
  sequence: (messages) => rowsOf(messages).map(([first]) => text(first)),
  /** all rows as text */
  table: (messages) => rowsOf(messages).map((row) => row.map(text)),
  /** which cells of the last column are NULL */
  nulls: (messages) => rowsOf(messages).map((row) => row.at(-1) === null),
  /** command tags */
  tags,
  /** names of the last result's columns */
  names: (messages) => described(messages).map(({ name }) => name),
  /** sizes in bytes of the last column's cells */
  sizes: (messages) => rowsOf(messages).map((row) => row.at(-1)?.length ?? null),
  /** SQLSTATEs of the errors */
  states: (messages) =>
    messages.filter(({ t }) => t === 'E').map(({ b }) => /\0C([^\0]*)/u.exec(b.toString('utf8'))?.[1] ?? ''),
};

const numbers = (messages) =>
  rowsOf(messages)
    .flat()
    .filter((cell) => cell !== null)
    .flatMap((cell) => cell.toString('utf8').match(/-?\d+(?:\.\d+)?/gu) ?? []);
const salaries = SEED.map(({ salary }) => salary);

const more = {
  /** a date of birth in any writing of year, month and day */
  dob: (_, messages) => {
    const told = rowsOf(messages)
      .flat()
      .map((cell) => text(cell) ?? '');
    return SEED.filter(({ dob }) => {
      const [year, month, day] = dob.split('-');
      const forms = [
        `${year}-${month}-${day}`,
        `${year}${month}${day}`,
        `${month}/${day}/${year}`,
        `${day}.${month}.${year}`,
      ];
      const other = [`${day}/${month}/${year}`, `${month}-${day}-${year}`, `${day}-${month}-${year}`];
      return told.some((cell) => [...forms, ...other].some((form) => cell.includes(form)));
    }).map(({ dob }) => dob);
  },
  /** a salary with more or fewer digits behind the point, or without one */
  salary: (_, messages) => {
    const told = new Set(numbers(messages).map((number) => Number(number).toFixed(2)));
    return salaries.filter((salary) => told.has(salary) || told.has(Number(salary.replace('.', '')).toFixed(2)));
  },
  /** whole units of a salary */
  'salary-units': (_, messages) => {
    const told = new Set(numbers(messages));
    return salaries.filter((salary) => told.has(salary.split('.')[0]) || told.has(String(Math.round(Number(salary)))));
  },
  /** a part of the value, long enough to be no chance */
  part: ({ of, from = 0, length }, messages) => {
    const told = messages.map(({ b }) => b.toString('utf8')).join('\n');
    return SEED.map((row) => row[of].slice(from, from + length)).filter((part) => told.includes(part));
  },
  /** the words of a value in any order and case */
  words: ({ of }, messages) => {
    const told = messages.map(({ b }) => b.toString('utf8').toLowerCase()).join('\n');
    return SEED.map((row) => row[of]).filter((value) =>
      value
        .toLowerCase()
        .split(/[^a-z0-9]+/u)
        .filter((word) => word.length > 3)
        .every((word) => told.includes(word)),
    );
  },
};

/** What a case reveals in these messages. */
export function found(reveal, messages) {
  const { op, equals } = reveal;
  if (op in looks) return isDeepStrictEqual(looks[op](messages), equals) ? [JSON.stringify(equals)] : [];
  return op in more ? more[op](reveal, messages) : revealed({ reveal }, messages);
}

/** Whatever a case is after: no protected value may be seen in any of the usual dresses. */
export function foundAnyhow(messages) {
  return ['raw', 'ci', 'reverse', 'hex', 'b64', 'digits', 'binnumeric'].flatMap((op) =>
    revealed({ reveal: { op } }, messages),
  );
}
