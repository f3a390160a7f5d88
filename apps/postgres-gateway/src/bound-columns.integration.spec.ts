import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ColumnsFile } from './bound-columns.js';

const crm = { target: 'crm', databaseOid: 5 };
const email = { relationOid: 16_400, attnum: 2, class: 'email', glob: 'public.users.email' };
const ssn = { ...email, attnum: 3, class: 'ssn', glob: '*.ssn' };

let folder: string;
let path: string;
let warnings: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bound-'));
  path = join(folder, 'postgres-gateway', 'columns.jsonl');
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(): ColumnsFile {
  return new ColumnsFile(path, (text) => warnings.push(text));
}

describe('columns that rules have meant by name', () => {
  it('are known to the other workers, and after a restart', () => {
    const first = file();
    const second = file();
    expect(second.of(crm)).toEqual([]);
    first.add(crm, [email]);
    expect(second.of(crm)).toEqual([email]);
    second.add(crm, [email, ssn]);
    expect(first.of(crm)).toEqual([email, ssn]);
    expect(file().of(crm)).toEqual([email, ssn]);
    expect(readFileSync(path, 'utf8').split(/\n+/).filter(Boolean)).toHaveLength(2);
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(warnings).toEqual([]);
  });

  it('belong to one database of one target', () => {
    file().add(crm, [email]);
    expect(file().of({ ...crm, databaseOid: 6 })).toEqual([]);
    expect(file().of({ ...crm, target: 'shop' })).toEqual([]);
  });

  it('are read past lines that are torn or of another kind', () => {
    file().add(crm, [email]);
    appendFileSync(path, '{"target":"crm","databaseOid":5\n[1]\n{"target":1}\n{}\nnull}\n{"target":"crm');
    file().add(crm, [ssn]);
    expect(file().of(crm)).toEqual([email, ssn]);
  });

  it('are kept by the process where no file can be written, which is told once', () => {
    path = join('/dev/null', 'columns.jsonl');
    const only = file();
    only.add(crm, [email]);
    only.add(crm, [ssn]);
    expect(only.of(crm)).toEqual([email, ssn]);
    expect(warnings).toHaveLength(1);
    expect(new ColumnsFile(null, (text) => warnings.push(text)).of(crm)).toEqual([]);
  });
});
