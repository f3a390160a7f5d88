import { maskMessage } from './message-text.js';

const masked = (message: string): string => maskMessage(message, () => '***');

describe('maskMessage', () => {
  it.each([
    [
      'Secret "a" is invalid: type: Invalid value: "s3cret": field is immutable',
      'Secret "a" is invalid: type: Invalid value: "***": field is immutable',
    ],
    [
      'spec.x: Unsupported value: "s3cret": supported values: "Always", "Never"',
      'spec.x: Unsupported value: "***": supported values: "Always", "Never"',
    ],
    ['data[a]: Invalid value: "simple": no', 'data[a]: Invalid value: "***": no'],
    ['metadata.x: Duplicate value: {"a":"s3cret"}', 'metadata.x: Duplicate value: ***'],
    ['data: Invalid value: map[string]string{"a":"b"}: no', 'data: Invalid value: ***'],
    ['spec.replicas: Invalid value: 7: no', 'spec.replicas: Invalid value: ***'],
    ['unterminated "s3cret', 'unterminated "***'],
    ['unterminated "s3cret\\', 'unterminated "***'],
    ['unterminated "s3cret\\\nmore', 'unterminated "***\n***'],
    ['escaped "a \\" s3cret" end', 'escaped "***" end'],
    ["webhook says: `s3cret` and 's3cret' here", "webhook says: `***` and '***' here"],
    [
      'v1.Secret.Data: illegal base64, error found in #10 byte of ...|s3cret"},"kind":"|..., bigger context ...|x|...',
      'v1.Secret.Data: illegal base64, error found in #10 byte of ***',
    ],
    [
      'Pod "a" is invalid: spec: Forbidden: may not change fields\n  core.PodSpec{\n- Value: s3cret,\n  }',
      'Pod "a" is invalid: spec: Forbidden: may not change fields\n***',
    ],
    ['Error: - .data\n- .data.password\n- .data.x=s3cret', 'Error: - .data\n- .data.password\n***'],
    ['resource "not a name!" in group', 'resource "***" in group'],
    ['value "hunter2" rejected', 'value "***" rejected'],
    ['supersecrets "x y" not found', 'supersecrets "***" not found'],
  ])('masks %j', (message, expected) => {
    expect(masked(message)).toBe(expected);
  });

  it.each([
    'secrets "db-password" not found',
    'secrets "db" already exists',
    'roles.rbac.authorization.k8s.io "x" is forbidden',
    'secrets "db" is forbidden: User "alice@example.com" cannot get resource "secrets" in API group "" in the namespace "team-a"',
    'Operation cannot be fulfilled on secrets "db": the object has been modified; please apply your changes to the latest version',
    'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 3',
    'Apply failed with 2 conflicts: conflicts with "kubectl-client-side-apply" using v1:\n- .data.password\n- .data.user',
    'Apply failed with 2 conflicts: conflicts with "a":\n- .data.x\nconflicts with "b" using v1:\n- .type',
    "a DNS-1123 subdomain must consist of lower case (e.g. 'example.com', regex used for validation is '[a-z0-9]')",
    "the object's field isn't there",
    '',
  ])('keeps %j', (message) => {
    expect(masked(message)).toBe(message);
  });

  it('takes time linear in the message', () => {
    for (const piece of ['"', '\\"', "'", '`', 'Invalid value: ', '...|', '\n', 'a "'])
      expect(masked(piece.repeat(50_000)).length).toBeGreaterThan(0);
  }, 2_000);
});
