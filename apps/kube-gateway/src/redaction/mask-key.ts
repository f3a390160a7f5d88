/** Makes marks: equal for equal arguments, and telling nothing about them without its secret. */
export interface MaskKey {
  /**
   * @param uid which object: `<resource>.<group>/<namespace>/<name>`, as far as it is known when the value passes
   * @param path which field of it: `spec.containers[0].env[1].value`
   * @param value bytes of the value; decoded where the field is base64
   * @returns `sallyport:v1:<16 hex>`
   */
  mark(uid: string, path: string, value: Uint8Array): string;
}

/** Masks what patterns find in a text, and counts by class. */
export type TextPatterns = (text: string) => { readonly text: string; readonly counts: ReadonlyMap<string, number> };
