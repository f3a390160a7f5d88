import { acceptFor } from './negotiation.js';

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const oldTable = 'application/json;as=Table;v=v1beta1;g=meta.k8s.io';
const protobuf = 'application/vnd.kubernetes.protobuf';

describe('acceptFor', () => {
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    [protobuf, 'application/json'],
    [`${protobuf},application/json`, 'application/json'],
    [`${protobuf};as=Table;v=v1;g=meta.k8s.io,${table}`, table],
    [`${table},${oldTable},application/json`, `${table},${oldTable},application/json`],
    ['application/yaml', 'application/json'],
    ['application/json, */*', 'application/json'],
    ['Application/JSON;q=0.5, application/cbor', 'Application/JSON;q=0.5'],
    [`application/json;q=0.1;x="a,${protobuf},b"`, 'application/json;q=0.1;x="a'],
    ['application/cbor-seq', 'application/json'],
  ])('makes %j where JSON is needed to %j', (accept, expected) => {
    expect(acceptFor(accept, true)).toBe(expected);
  });

  it.each([
    [undefined, '*/*'],
    [`${protobuf},application/json`, `${protobuf},application/json`],
    ['application/cbor, application/json', 'application/json'],
    ['application/cbor', 'application/json'],
  ])('leaves %j otherwise, but for CBOR: %j', (accept, expected) => {
    expect(acceptFor(accept, false)).toBe(expected);
  });
});
