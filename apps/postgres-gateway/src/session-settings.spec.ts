import type { StatementDescription } from '@app/sql';
import { encodingRefusal, forbiddenSetting, startupSettings } from './session-settings.js';

const writes = (name: string, value: string | null): StatementDescription =>
  ({ settings: [{ name, value, local: false }] }) as unknown as StatementDescription;

describe('settings a client may not write', () => {
  it.each([
    ['role', 'postgres'],
    ['session_authorization', 'postgres'],
    ['client_encoding', 'LATIN1'],
    ['client_encoding', 'SJIS'],
    ['standard_conforming_strings', 'off'],
    ['standard_conforming_strings', null],
    ['debug_print_plan', 'on'],
    ['session_replication_role', 'replica'],
  ])('refuses %s = %s on every target', (name, value) => {
    expect(forbiddenSetting(writes(name, value), false)).toMatch(/\S/);
    expect(forbiddenSetting(writes(name, value), true)).toMatch(/\S/);
  });

  it.each([
    ['client_min_messages', 'debug5'],
    ['client_min_messages', 'log'],
    ['log_statement', 'all'],
    ['plpgsql.variable_conflict', 'error'],
    ['?', null],
  ])('refuses %s = %s on a target with protected columns', (name, value) => {
    expect(forbiddenSetting(writes(name, value), true)).toMatch(/protected columns/);
  });

  it.each([
    ['client_encoding', 'UTF8'],
    ['client_encoding', "'utf-8'"],
    ['client_encoding', null],
    ['standard_conforming_strings', 'on'],
    ['timezone', 'UTC'],
    ['search_path', 'public'],
    ['statement_timeout', '5s'],
    ['enable_seqscan', 'off'],
    ['client_min_messages', 'warning'],
    ['*', null],
  ])('lets %s = %s pass', (name, value) => {
    expect(forbiddenSetting(writes(name, value), true)).toBeNull();
  });
});

describe('startup parameters', () => {
  const start = (parameters: Record<string, string>, options: [string, string][] = [], strict = true) =>
    startupSettings(new Map(Object.entries({ user: 'a', database: 'd', ...parameters })), options, strict);

  it.each([['true'], ['on'], ['1'], ['database'], ['yes']])('refuses replication = %s', (value) => {
    expect(start({ replication: value }).refusal).toMatch(/Replication/);
  });

  it('refuses another encoding, also inside options', () => {
    expect(start({ client_encoding: 'LATIN1' }).refusal).toMatch(/UTF8/);
    expect(start({}, [['client_encoding', 'SJIS']]).refusal).toMatch(/UTF8/);
  });

  it('refuses a role that comes as an option', () => {
    expect(start({}, [['role', 'postgres']], false).refusal).toMatch(/role/);
  });

  it.each<[string, Record<string, string>, [string, string][]]>([
    ['as a parameter', { replication: 'true' }, []],
    ['for one database', { replication: 'database' }, []],
    ['with a value that nobody knows', { replication: '' }, []],
    ['in other letters', { Replication: 'on' }, []],
    ['as an option', {}, [['replication', '1']]],
    ['as an option in other letters', {}, [['REPLICATION', 'yes']]],
  ])('refuses replication %s', (_how, parameters, options) => {
    expect(start(parameters, options, false).refusal).toMatch(/Replication connections are not served/);
  });

  it('refuses in options what is no setting', () => {
    expect(start({}, [['user', 'postgres']], false).refusal).toMatch(/user is no setting/);
    expect(start({}, [['replication', 'off']], false).refusal).toMatch(/replication is no setting/);
  });

  it('forwards settings, and keeps what the gateway sets itself', () => {
    const { forward, applicationName, refusal } = start({
      application_name: 'psql',
      client_encoding: 'SQL_ASCII',
      DateStyle: 'ISO',
      replication: 'false',
    });
    expect(refusal).toBeNull();
    expect(applicationName).toBe('psql');
    expect([...forward]).toEqual([['datestyle', 'ISO']]);
  });
});

describe('encodingRefusal', () => {
  const reported = (encoding: string): ReadonlyMap<string, string> => new Map([['server_encoding', encoding]]);

  it('lets databases in UTF8 be protected, and no others', () => {
    expect(encodingRefusal(reported('UTF8'), true)).toBeNull();
    expect(encodingRefusal(reported('LATIN1'), true)).toMatch(/encoding of this database is LATIN1/);
    expect(encodingRefusal(reported('SQL_ASCII'), true)).toMatch(/has to be UTF8/);
  });

  it('says nothing where nothing is protected', () => {
    expect(encodingRefusal(reported('LATIN1'), false)).toBeNull();
  });
});
