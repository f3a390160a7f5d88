import { copyOptions, type CopyOptions } from './copy-options.js';
import { loadParser, parseText } from './parse.js';

beforeAll(loadParser);

function read(sql: string): CopyOptions {
  const { node } = parseText(sql).statements[0]!;
  if (!('CopyStmt' in node)) throw new Error('no COPY');
  return copyOptions(node.CopyStmt.options, node.CopyStmt.is_from === true);
}

describe('the options of a COPY', () => {
  it.each([
    'COPY t TO STDOUT (FORMAT xml)',
    "COPY t TO STDOUT (DELIMITER 'é')",
    "COPY t TO STDOUT (DELIMITER 'ab')",
    "COPY t TO STDOUT (DELIMITER '')",
    "COPY t TO STDOUT (DELIMITER E'\\n')",
    "COPY t TO STDOUT (DELIMITER 'a')",
    "COPY t TO STDOUT (DELIMITER '.')",
    "COPY t TO STDOUT (NULL E'a\\rb')",
    "COPY t TO STDOUT (NULL 'a,b', DELIMITER ',')",
    "COPY t TO STDOUT (NULL '\\')",
    "COPY t TO STDOUT WITH NULL E'a\\\\\\\\\\\\'",
    "COPY t TO STDOUT (FORMAT csv, NULL '\"')",
    "COPY t TO STDOUT (FORMAT csv, QUOTE ',')",
    "COPY t TO STDOUT (FORMAT csv, QUOTE 'ab')",
    "COPY t TO STDOUT (FORMAT csv, ESCAPE '')",
    "COPY t TO STDOUT (QUOTE '\"')",
    'COPY t TO STDOUT (FORCE_QUOTE *)',
    'COPY t FROM STDIN (FORMAT csv, FORCE_QUOTE *)',
    'COPY t TO STDOUT (FORMAT binary, HEADER)',
    "COPY t TO STDOUT (FORMAT binary, NULL '')",
    'COPY t TO STDOUT (HEADER match)',
    'COPY t TO STDOUT (HEADER perhaps)',
    'COPY t TO STDOUT (FORMAT csv, FORMAT csv)',
    "COPY t TO STDOUT (NEVER_HEARD 'x')",
  ])('are not read where the server refuses them, or nobody knows them: %s', (sql) => {
    expect(read(sql)).toEqual({ shape: null, foreignEncoding: false });
  });

  it.each(["'LATIN1'", "'SQL_ASCII'", "'utf16'", "''"])('are not read in another encoding: %s', (encoding) => {
    expect(read(`COPY t TO STDOUT (ENCODING ${encoding})`)).toEqual({ shape: null, foreignEncoding: true });
  });

  const text = { format: 'text', header: false, delimiter: '\t', null: '\\N', quote: '"', escape: '"', forceQuote: [] };
  const csv = { ...text, format: 'csv', delimiter: ',', null: '' };

  it.each([
    ['COPY t TO STDOUT', text],
    ["COPY t TO STDOUT (ENCODING 'utf-8')", text],
    ["COPY t TO STDOUT (DELIMITER '|', NULL 5, HEADER)", { ...text, delimiter: '|', null: '5', header: true }],
    ["COPY t TO STDOUT (NULL 'a\\\\')", { ...text, null: 'a\\\\' }],
    ["COPY t TO STDOUT (FORMAT csv, NULL '\\')", { ...csv, null: '\\' }],
    ["COPY t TO STDOUT WITH DELIMITER AS ';' NULL AS ''", { ...text, delimiter: ';', null: '' }],
    ["COPY t TO STDOUT DELIMITERS ','", { ...text, delimiter: ',' }],
    ['COPY BINARY t TO STDOUT', { ...text, format: 'binary' }],
    ['COPY t TO STDOUT WITH BINARY', { ...text, format: 'binary' }],
    ['COPY t TO STDOUT (FORMAT csv, HEADER off)', csv],
    ["COPY t TO STDOUT (FORMAT csv, QUOTE '~', HEADER 1)", { ...csv, quote: '~', escape: '~', header: true }],
    ["COPY t TO STDOUT CSV HEADER QUOTE '~' ESCAPE '^'", { ...csv, header: true, quote: '~', escape: '^' }],
    ['COPY t TO STDOUT CSV FORCE QUOTE a, b', { ...csv, forceQuote: ['a', 'b'] }],
    ['COPY t TO STDOUT (FORMAT csv, FORCE_QUOTE *)', { ...csv, forceQuote: 'all' }],
    ['COPY t FROM STDIN (FORMAT csv, HEADER match, ON_ERROR ignore, FORCE_NULL (a))', { ...csv, header: true }],
    ["COPY t FROM STDIN (FREEZE, DEFAULT 'x', LOG_VERBOSITY verbose)", text],
  ])('are read in every spelling: %s', (sql, shape) => {
    expect(read(sql)).toEqual({ shape, foreignEncoding: false });
  });
});
