import { randomBytes } from 'node:crypto';

/** Values that must not be seen anywhere, and the bytes by which they are recognised, however they are written. */
export class Canaries {
  #all = new Map();
  /** What all of a kind begin with: no file that lacks it has one of them, which is soon known of a large file. */
  #path = `canary-${randomBytes(6).toString('hex')}`;
  #text = `tok_${randomBytes(6).toString('hex')}`;
  #beginnings = [this.#path, this.#text].flatMap((all) => [Buffer.from(all), ...encodedBeginnings(all)]);

  /** Recognised by where it stands: no pattern is about it. */
  path(place) {
    return this.#note(place, this.#path + randomBytes(6).toString('hex'));
  }

  /** Recognised by its looks: {@link Canaries.pattern}. */
  text(place) {
    return this.#note(place, this.#text + randomBytes(6).toString('hex'));
  }

  /** What the second kind looks like, for the configuration. */
  static pattern = 'tok_[0-9a-f]{24}';

  #note(place, value) {
    this.#all.set(place, { value, forms: [Buffer.from(value), ...encoded(value)] });
    return value;
  }

  /** The places whose value, plain or in base64, is in `bytes`. */
  within(bytes) {
    const text = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
    if (!this.#beginnings.some((beginning) => text.includes(beginning))) return [];
    return [...this.#all].filter(([, { forms }]) => forms.some((form) => text.includes(form))).map(([place]) => place);
  }

  /** What stands before the first of them in `bytes`. */
  before(bytes) {
    const text = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);
    const found = [...this.#all.values()].flatMap(({ forms }) => forms.map((form) => text.indexOf(form)));
    const first = Math.min(...found.filter((at) => at >= 0));
    return String(text.subarray(Math.max(0, first - 400), first));
  }

  get places() {
    return [...this.#all.keys()];
  }
}

/** Its base64 at each of the three offsets it may have in a longer text, without what the neighbours decide. */
function encoded(value) {
  return [0, 1, 2].map((before) => {
    const text = Buffer.from('x'.repeat(before) + value).toString('base64');
    return Buffer.from(text.slice(before === 0 ? 0 : 4, -4).replaceAll('=', ''));
  });
}

/** What {@link encoded} begins with for every value that begins with this. */
function encodedBeginnings(beginning) {
  return [0, 1, 2].map((before) => {
    const text = Buffer.from('x'.repeat(before) + beginning).toString('base64');
    const whole = Math.floor((before + beginning.length) / 3) * 4;
    return Buffer.from(text.slice(before === 0 ? 0 : 4, whole));
  });
}
