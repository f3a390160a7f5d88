// Types of the SASL client inside `pg`, which its package exports as a file but does not type.
declare module 'pg/lib/crypto/sasl.js' {
  import type { TLSSocket } from 'node:tls';

  interface SaslSession {
    readonly mechanism: string;
    readonly response: string;
  }

  const sasl: {
    startSession(mechanisms: readonly string[], stream: TLSSocket | null): SaslSession;
    continueSession(
      session: SaslSession,
      password: string,
      serverData: string,
      stream: TLSSocket | null,
    ): Promise<void>;
    finalizeSession(session: SaslSession, serverData: string): void;
  };
  export default sasl;
}
