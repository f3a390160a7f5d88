/** What the journal needs of the key store: data keys wrapped by the key of a day. */
export abstract class KeyWrapper {
  /** @param day `YYYY-MM-DD` @param context what the key is for; the same text must be given to `unwrap` */
  abstract wrap(dataKey: Uint8Array, day: string, context: string): { readonly kek: string; readonly wrapped: Buffer };
  /** @throws KeyError when the day's key is missing or destroyed, or did not wrap this */
  abstract unwrap(kek: string, wrapped: Uint8Array, context: string): Buffer;
}
