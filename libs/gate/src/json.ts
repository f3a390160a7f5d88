const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** JSON string literal of `text`; short plain ASCII takes the cheap way. Lone surrogates become escapes (RFC 8785 §3.2.2.2). */
export function jsonText(text: string): string {
  return text.length < 256 && plain.test(text) ? `"${text}"` : JSON.stringify(text);
}
