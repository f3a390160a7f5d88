const ASSIGNED =
  '(?i)(password|passwd|passphrase|pwd|secret|secret[_-]?key|token|api[_-]?key|access[_-]?key|private[_-]?key)';

// line ends may be written as \n, and lines may begin with the time at which they were logged
const KEY_BREAK = '(\\s|\\\\[nrt]|\\n[0-9][0-9T:.Z+-]{18,36} )';
const KEY_HEADER = '(Proc-Type|DEK-Info|Version|Comment|Hash): [^\\r\\n\\\\]{1,200}';

/**
 * Patterns of secrets that look the same everywhere, by name. The part that tells what they are (`ghp_`, `AKIA`, `password=`) stays to be
 * read and nothing of it is held back.
 */
export const KNOWN_PATTERNS: ReadonlyMap<string, readonly string[]> = new Map([
  // up to what is no base64 text: where the end of the block is missing, words behind it are masked, too
  [
    'private-key',
    [
      `-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY( BLOCK)?-----${KEY_BREAK}*` +
        `(?<value>([A-Za-z0-9+/=]{8}|${KEY_HEADER})(${KEY_BREAK}*([A-Za-z0-9+/=]|${KEY_HEADER}))*)`,
    ],
  ],
  ['jwt', ['eyJ(?<value>[A-Za-z0-9_-]{8,}(\\.[A-Za-z0-9_-]*){2,4})']],
  [
    'aws-key',
    [
      '\\b(AKIA|ASIA|ABIA|ACCA)(?<value>[A-Z0-9]{16})\\b',
      '(?i)(secret_?access_?key|session_?token)\\\\?["\']?\\s*[=:]\\s*\\\\?["\']?(?<value>[A-Za-z0-9/+=]{16,})',
    ],
  ],
  ['github-token', ['\\b(gh[pousr]_|github_pat_)(?<value>[A-Za-z0-9_]{20,})']],
  [
    'slack-token',
    ['\\bxox[abeoprs]-(?<value>[A-Za-z0-9-]{10,})', 'hooks\\.slack\\.com/services/(?<value>[A-Za-z0-9/]{20,})'],
  ],
  ['google-api-key', ['\\bAIza(?<value>[A-Za-z0-9_-]{35})']],
  [
    'authorization',
    [
      '(?i)\\bauthorization\\\\?["\']?\\s*[:=]\\s*\\\\?["\']?(bearer|basic|token)\\s+(?<value>[A-Za-z0-9._~+/=-]{4,})',
      '(?i)\\bbearer\\s+(?<value>[A-Za-z0-9._~+/-]{16,}=*)',
    ],
  ],
  ['url-password', ['://[^\\s:@/?#"\'<>]{0,128}:(?<value>[^\\s/?#"\'<>]{1,256})@']],
  [
    'assignment',
    [
      `${ASSIGNED}\\s*[=:][ \\t]*(?<value>[^\\s&"']+)`,
      `${ASSIGNED}["']?\\s*[=:]\\s*"(?<value>([^"\\\\\\n]|\\\\.)+)`,
      `${ASSIGNED}\\\\*["']?\\s*[=:]\\s*\\\\+"(?<value>([^"\\\\\\n]|\\\\+[^"\\\\\\n])+)`,
      `${ASSIGNED}["']?\\s*[=:]\\s*'(?<value>[^'\\n]+)`,
      '(?i)--?(password|passwd|secret|token|api-?key)[ \\t]+["\']?(?<value>[^\\s"\'-][^\\s"\']*)',
    ],
  ],
]);
