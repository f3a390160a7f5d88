/** Somebody of the sample, as the development issuer knows them. */
export interface Person {
  readonly name: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly agent: string | null;
}

const person = (name: string, group: string, role: string | null, agent: string | null = null): Person => ({
  name,
  user: `${name}@example.com`,
  groups: [group],
  roles: role === null ? ['requester'] : ['requester', role],
  agent,
});

/** Everyone of the sample; the last is alice through an agent. */
export const people: readonly Person[] = [
  person('alice', 'analysts', null),
  person('bob', 'analysts', null),
  person('carol', 'privacy', 'reviewer'),
  person('dave', 'audit', 'auditor'),
  person('root', 'platform', 'administrator'),
  person('alice', 'analysts', null, 'autogen'),
];

/** The person themselves, not through an agent. */
export function findPerson(name: string): Person | undefined {
  return people.find((someone) => someone.name === name && someone.agent === null);
}
