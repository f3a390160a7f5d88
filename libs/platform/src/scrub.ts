// A second net under `Secret`: texts of libraries (errors, above all) may quote what they were given.
const patterns: readonly { readonly find: RegExp; readonly put: string }[] = [
  // a JSON Web Token: base64url of `{"` begins with eyJ
  { find: /\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*/gu, put: '[token]' },
  // the password part of a URL
  { find: /\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]*@/giu, put: '$1:[redacted]@' },
  { find: /\b(Bearer|Basic)\s+[\w.~+/-]+=*/giu, put: '$1 [redacted]' },
  {
    find: /\b(password|passwd|pwd|secret|client_secret)\s*[=:]\s*('[^']*'|"[^"]*"|[^\s,;&]+)/giu,
    put: '$1=[redacted]',
  },
];

/** Takes tokens and passwords out of a text that goes to a log. Not a substitute for not putting them in. */
export function scrub(text: string): string {
  return patterns.reduce((scrubbed, { find, put }) => scrubbed.replace(find, put), text);
}
