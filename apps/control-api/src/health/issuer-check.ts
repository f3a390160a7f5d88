/** Whether tokens can be verified. */
export abstract class IssuerCheck {
  /** @throws Error naming the issuer whose keys cannot be had */
  abstract check(): void | Promise<void>;
}
