/** Whether tokens can be verified. */
export abstract class IssuerHealth {
  /** @throws Error naming the issuer whose keys cannot be had */
  abstract check(): void | Promise<void>;
}
