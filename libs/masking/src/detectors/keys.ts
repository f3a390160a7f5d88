import { codes, isOf, SETS } from './characters.js';
import type { TextFinder, WorkingDetector } from './detector.js';
import type { TextScan } from './text-scan.js';

/** Letters that say what a key is for, and what follows them. */
interface Prefix {
  readonly text: string;
  readonly set: number;
  /** characters that have to follow */
  readonly least: number;
  /** no more may follow */
  readonly exact?: true;
}

/** A key is known by `least` characters of it: what follows is not read, so that no text is read twice. */
const byPrefix = ({ text, set, least, exact }: Prefix): TextFinder => ({
  text,
  find(scan, at) {
    if (!scan.beginsWord(at)) return false;
    const from = at + text.length;
    if (scan.run(from, set, least) < least) return false;
    if (exact && isOf(scan.at(from + least), SETS.alphanumeric)) return false;
    return scan.found(at, from + least);
  },
});

const { alphanumeric, base64, base64url, upperOrDigit } = SETS;

const SLACK: readonly string[] = ['xoxa-', 'xoxb-', 'xoxe-', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xapp-'];
const GITHUB: readonly string[] = ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'];
const STRIPE: readonly string[] = ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'];
const AI: readonly string[] = ['sk-ant-', 'sk-proj-', 'sk-svcacct-', 'sk-or-v1-'];

const PEM_TYPES = ['', 'RSA ', 'EC ', 'DSA ', 'OPENSSH ', 'ENCRYPTED ', 'PGP '].map((type) => `${type}PRIVATE KEY`);

/** RFC 7468 and what came before it. */
const PRIVATE_KEY: TextFinder = {
  text: '-----BEGIN ',
  find(scan, at) {
    const from = at + '-----BEGIN '.length;
    const type = PEM_TYPES.find((name) => scan.has(name, from));
    if (type === undefined) return false;
    const end = from + type.length;
    const isWhole = scan.has('-----', end) || scan.has(' BLOCK-----', end);
    return isWhole && scan.found(at, end);
  },
};

const SECRET_NAMES = ['secret_access_key', 'secretaccesskey'];
const BETWEEN = codes(' \t:=\'"\\>');
const MOST_BETWEEN = 8;

/** `aws_secret_access_key = ` and forty characters. */
const awsSecret = (name: string): TextFinder => ({
  text: name,
  anyCase: true,
  find(scan, at) {
    let from = at + name.length;
    for (let i = 0; i < MOST_BETWEEN && BETWEEN.has(scan.at(from)); i++) from += 1;
    return from > at + name.length && scan.run(from, base64, 40) === 40 && scan.found(from, from + 40);
  },
});

/** Any other `sk-…` of one run of letters of both cases and digits: the older form of several services. */
const LONG_SK: TextFinder = {
  text: 'sk-',
  find(scan, at) {
    if (!scan.beginsWord(at) || scan.run(at + 3, alphanumeric, 32) < 32) return false;
    return hasMixture(scan, at + 3, at + 35) && scan.found(at, at + 35);
  },
};

function hasMixture(scan: TextScan, from: number, to: number): boolean {
  let sets = 0;
  for (let at = from; at < to; at++) {
    const byte = scan.bytes[at];
    sets |= isOf(byte, SETS.digit) ? 1 : isOf(byte, SETS.upper) ? 2 : 4;
  }
  return (sets & 1) === 1 && sets > 1;
}

const prefixes = (texts: readonly string[], set: number, least: number): TextFinder[] =>
  texts.map((text) => byPrefix({ text, set, least }));

/** Keys and tokens that services hand out. */
export const KEYS: readonly WorkingDetector[] = [
  {
    name: 'private-key',
    description: 'private keys in PEM, also inside JSON (service accounts) and in the older forms',
    standard: true,
    texts: [PRIVATE_KEY],
  },
  {
    name: 'aws-key',
    description: 'access key ids of Amazon Web Services (AKIA…, ASIA…), and secret keys behind their name',
    standard: true,
    texts: [
      ...['AKIA', 'ASIA', 'ABIA', 'ACCA'].map((text) => byPrefix({ text, set: upperOrDigit, least: 16, exact: true })),
      ...SECRET_NAMES.map(awsSecret),
    ],
  },
  {
    name: 'google-key',
    description: 'Google API keys (AIza…), OAuth client secrets and access tokens',
    standard: true,
    texts: [...prefixes(['AIza'], base64url, 35), ...prefixes(['GOCSPX-', 'ya29.'], base64url, 28)],
  },
  {
    name: 'github-token',
    description: 'GitHub tokens (ghp_…, github_pat_…)',
    standard: true,
    texts: [...prefixes(GITHUB, alphanumeric, 36), ...prefixes(['github_pat_'], base64url, 40)],
  },
  {
    name: 'slack-token',
    description: 'Slack tokens (xoxb-…) and addresses of incoming webhooks',
    standard: true,
    texts: [...prefixes(SLACK, base64url, 10), ...prefixes(['hooks.slack.com/services/T'], base64, 16)],
  },
  {
    name: 'stripe-key',
    description: 'secret and restricted keys of Stripe (sk_live_…), secrets of webhooks',
    standard: true,
    texts: prefixes(STRIPE, alphanumeric, 16),
  },
  {
    name: 'ai-key',
    description: 'keys of services for language models (sk-ant-…, sk-proj-…, sk-…)',
    standard: true,
    texts: [...prefixes(AI, base64url, 20), LONG_SK],
  },
  {
    name: 'service-token',
    description: 'tokens of GitLab, npm, SendGrid, Hugging Face and DigitalOcean, account keys of Azure storage',
    standard: true,
    texts: [
      ...prefixes(['glpat-'], base64url, 20),
      ...prefixes(['npm_'], alphanumeric, 36),
      ...prefixes(['hf_'], alphanumeric, 34),
      ...prefixes(['dop_v1_'], alphanumeric, 64),
      ...prefixes(['AccountKey='], base64, 86),
      {
        text: 'SG.',
        find: (scan, at) =>
          scan.beginsWord(at) &&
          scan.run(at + 3, base64url, 22) === 22 &&
          scan.has('.', at + 25) &&
          scan.run(at + 26, base64url, 43) === 43 &&
          scan.found(at, at + 69),
      },
    ],
  },
];
