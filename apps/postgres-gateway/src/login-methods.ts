import { compileGlob } from '@app/identity';
import type { SallyportConfig } from '@app/platform';

/** One entry of `listen.postgres.logins`. */
export type LoginRule = SallyportConfig['listen']['postgres']['logins'][number];

/** How a client has to log in; null: by the default, its token as password. */
export type LoginChoice = (user: string, database: string) => LoginRule | null;

/** Names of minted credentials begin so, and nobody else's count for them. */
export const MINTED_PREFIX = 'sp_';

/**
 * Which way in is whose: the first rule that fits. It is chosen before anything is offered, since a client takes what it likes best.
 * @throws Error naming the rule whose pattern is none
 */
export function loginChoice(rules: readonly LoginRule[]): LoginChoice {
  const compiled = rules.map((rule, index) => {
    try {
      return { rule, users: compileGlob(rule.users), databases: compileGlob(rule.databases) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`listen.postgres.logins[${index}]: ${why}`, { cause: error });
    }
  });
  return (user, database) =>
    compiled.find(({ users, databases }) => users.matches(user) && databases.matches(database))?.rule ?? null;
}
