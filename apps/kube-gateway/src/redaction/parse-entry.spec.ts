import { parseEntry } from './parse-entry.js';
import { compileRedaction } from './redaction-plan.js';

const resource = (name: string): unknown => parseEntry('c', name).field;

describe('parseEntry', () => {
  it.each([
    ['', 'is no field'],
    ['secrets', 'is no field'],
    ['secrets.', 'has no path'],
    ['pods.envs', 'names no field of pods'],
    ['secret.data', 'begins with no resource of the core group'],
    ['configmap.data.x', 'begins with no resource of the core group'],
    ['Secrets.data', 'begins with no resource'],
    ['widgets.Example.com/spec', 'begins with no resource'],
    ['widgets.example.com/', 'has no path'],
    ['widgets.example.com/spec..x', 'has a path that cannot be read from "..x" on'],
    ['widgets.example.com/.spec', 'has a path that cannot be read'],
    ["widgets.example.com/spec['x", 'has a path that cannot be read'],
    ['widgets.example.com/spec[3]', 'has a path that cannot be read'],
    ['configmaps.data.', 'has no key'],
    ['pods.metadata.name', 'cannot be masked'],
    ['widgets.example.com/kind', 'cannot be masked'],
    ['deployments.apps/spec.replicas', 'is a number or a boolean'],
  ])('refuses %j, which %s', (name, what) => {
    expect(() => compileRedaction([{ class: 'c', kubernetes: [name] }])).toThrow(`entry "${name}" ${what}`);
  });

  it('reads parts of pods', () => {
    expect(resource('pods.env')).toEqual({ in: 'pods', part: 'env' });
    expect(resource('pods.args')).toEqual({ in: 'pods', part: 'args' });
  });

  it('reads keys of maps, dots included', () => {
    const map = { in: 'resource', group: '', custom: false };
    expect(resource('configmaps.data.*.password.txt')).toEqual({
      ...map,
      resource: 'configmaps',
      base64: false,
      path: [{ key: 'data' }, { like: '*.password.txt' }],
    });
    expect(resource('configmaps.binaryData.tls.key')).toMatchObject({
      base64: true,
      path: [{ key: 'binaryData' }, { key: 'tls.key' }],
    });
    expect(resource('secrets.data')).toEqual({ ...map, resource: 'secrets', base64: true, path: [{ key: 'data' }] });
    expect(resource('secrets.stringData.*')).toMatchObject({ base64: false, path: [{ key: 'stringData' }, 'any'] });
  });

  it.each([
    ['nodes.spec.providerID', 'nodes', '', [{ key: 'spec' }, { key: 'providerID' }]],
    [
      'widgets.example.com/spec.a.*.b_*',
      'widgets',
      'example.com',
      [{ key: 'spec' }, { key: 'a' }, 'any', { like: 'b_*' }],
    ],
    ['widgets.example.com/spec.**.token', 'widgets', 'example.com', [{ key: 'spec' }, 'deep', { key: 'token' }]],
    ['widgets.example.com/spec.**', 'widgets', 'example.com', [{ key: 'spec' }, 'any']],
    [
      'widgets.example.com/spec.list[*].token',
      'widgets',
      'example.com',
      [{ key: 'spec' }, { key: 'list' }, { key: 'token' }],
    ],
    [
      "pods.metadata.annotations['example.com/token']",
      'pods',
      '',
      [{ key: 'metadata' }, { key: 'annotations' }, { key: 'example.com/token' }],
    ],
  ])('reads %s', (name, plural, group, path) => {
    expect(resource(name)).toEqual({ in: 'resource', resource: plural, group, path, base64: false, custom: true });
  });

  it('has the values of Secrets in every plan', () => {
    expect(compileRedaction([]).rules.map((rule) => [rule.class, rule.name])).toEqual([
      ['secret', 'secrets.data'],
      ['secret', 'secrets.stringData'],
    ]);
  });
});
