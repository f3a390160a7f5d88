/** How one place leads to another: by a key, by keys like `*_password` (`*` stands for any run of characters), by any key. */
export type PathStep = { readonly key: string } | { readonly like: string } | 'any';

interface Place {
  readonly tag: number;
  readonly keys: { readonly name: string; readonly to: number }[];
  readonly likes: { readonly fits: (key: string) => boolean; readonly to: number }[];
  readonly anys: number[];
  readonly rests: number[];
}

/** A set of places at once, and where each key leads from there. */
interface State {
  readonly places: readonly number[];
  readonly names: readonly string[];
  /** the same names as bytes, by length; null above 255 bytes */
  readonly byLength: readonly (readonly { readonly bytes: Buffer; readonly index: number }[] | undefined)[];
  readonly named: Int32Array;
  readonly likes: readonly { readonly fits: (key: string) => boolean; readonly to: number }[];
  readonly byLikes: Map<string, number>;
  otherwise: number;
  rest: number;
}

const UNKNOWN = -1;
const LONGEST_NAME = 256;

/** Rules never need as many; a set of rules that does is refused instead of filling the memory. */
const MOST_STATES = 65_536;

/**
 * Finds all places of a document that a set of paths leads to, one key at a time, without looking back. First `place` and `step` draw
 * the paths, loops allowed; then `state` and `key` walk them. Arrays are transparent: their elements are in the array's state.
 */
export class PathAutomaton {
  private readonly places: Place[] = [];
  private readonly states: State[] = [];
  private readonly byPlaces = new Map<string, number>();

  constructor() {
    this.state([]);
  }

  /** A new place. @param tag the caller's own number for it, not negative */
  place(tag: number): number {
    return this.places.push({ tag, keys: [], likes: [], anys: [], rests: [] }) - 1;
  }

  /** Draws a step between two places, which may be the same. */
  step(from: number, step: PathStep, to: number): void {
    const place = this.at(from);
    if (step === 'any') place.anys.push(to);
    else if ('key' in step) place.keys.push({ name: step.key, to });
    else place.likes.push({ fits: likeness(step.like), to });
  }

  /** Elements of an array at `from`, all but the first, are at `to` too. */
  rest(from: number, to: number): void {
    this.at(from).rests.push(to);
  }

  /** The state of being at all of `places`; 0 is that of none. @throws RangeError when rules lead to too many */
  state(places: readonly number[]): number {
    const sorted = [...new Set(places)].sort((one, other) => one - other);
    const id = sorted.join();
    const known = this.byPlaces.get(id);
    if (known !== undefined) return known;
    if (this.states.length >= MOST_STATES) throw new RangeError('the paths are too many to be followed at once');
    const number = this.states.length;
    this.byPlaces.set(id, number);
    const all = sorted.map((place) => this.at(place));
    const names = [...new Set(all.flatMap((place) => place.keys.map((key) => key.name)))];
    const byLength: { bytes: Buffer; index: number }[][] = [];
    names.forEach((name, index) => {
      const bytes = Buffer.from(name, 'utf8');
      (byLength[bytes.length] ??= []).push({ bytes, index });
    });
    this.states.push({
      places: sorted,
      names,
      byLength: Array.from({ length: LONGEST_NAME }, (_, length) => byLength[length]),
      named: new Int32Array(names.length).fill(UNKNOWN),
      likes: all.flatMap((place) => place.likes),
      byLikes: new Map(),
      otherwise: UNKNOWN,
      rest: UNKNOWN,
    });
    return number;
  }

  /** Tags of the places of a state, in the order in which the places were made. */
  tags(state: number): number[] {
    return this.of(state).places.map((place) => this.at(place).tag);
  }

  /** Where a key leads, given as it stands between its quotes. @throws RangeError as `state` */
  key(state: number, bytes: Buffer, start: number, end: number, escaped: boolean): number {
    const from = this.of(state);
    if (escaped || end - start >= LONGEST_NAME) {
      const text = bytes.toString('utf8', start, end);
      return this.named(state, escaped ? (JSON.parse(`"${text}"`) as string) : text);
    }
    const candidates = from.byLength[end - start];
    if (candidates !== undefined) {
      next: for (const { bytes: name, index } of candidates) {
        for (let at = 0; at < name.length; at++) if (name[at] !== bytes[start + at]) continue next;
        const to = from.named[index] as number;
        return to === UNKNOWN ? this.named(state, from.names[index] as string) : to;
      }
    }
    if (from.likes.length > 0) return this.named(state, bytes.toString('utf8', start, end));
    return from.otherwise === UNKNOWN ? this.otherwise(from) : from.otherwise;
  }

  /** Where a key leads, given as text. @throws RangeError as `state` */
  named(state: number, name: string): number {
    const from = this.of(state);
    const index = from.names.indexOf(name);
    if (index >= 0) {
      const known = from.named[index] as number;
      if (known !== UNKNOWN) return known;
    }
    const fits = from.likes.map((like) => like.fits(name));
    const likes = fits.map((fit) => (fit ? '1' : '0')).join('');
    if (index < 0) {
      const known = likes.includes('1') ? from.byLikes.get(likes) : this.otherwise(from);
      if (known !== undefined) return known;
    }
    const targets = from.places.flatMap((place) => [
      ...this.at(place)
        .keys.filter((key) => key.name === name)
        .map((key) => key.to),
      ...this.at(place).anys,
    ]);
    from.likes.forEach((like, at) => {
      if (fits[at] === true) targets.push(like.to);
    });
    const to = this.state(targets);
    if (index >= 0) from.named[index] = to;
    else from.byLikes.set(likes, to);
    return to;
  }

  /** State of an element of an array in `state`. @throws RangeError as `state` */
  element(state: number, index: number): number {
    if (index === 0) return state;
    const from = this.of(state);
    if (from.rest === UNKNOWN) {
      const rests = from.places.flatMap((place) => this.at(place).rests);
      from.rest = rests.length === 0 ? state : this.state([...from.places, ...rests]);
    }
    return from.rest;
  }

  private otherwise(from: State): number {
    if (from.otherwise === UNKNOWN) from.otherwise = this.state(from.places.flatMap((place) => this.at(place).anys));
    return from.otherwise;
  }

  private at(place: number): Place {
    const found = this.places[place];
    if (found === undefined) throw new RangeError(`no place ${place}`);
    return found;
  }

  private of(state: number): State {
    const found = this.states[state];
    if (found === undefined) throw new RangeError(`no state ${state}`);
    return found;
  }
}

/** `*` as a run of characters, possibly none. Without backtracking, since keys come from the target. */
const likeness = (pattern: string): ((key: string) => boolean) => {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return (key) => key === first;
  return (key) => {
    if (key.length < first.length + last.length || !key.startsWith(first) || !key.endsWith(last)) return false;
    const end = key.length - last.length;
    let at = first.length;
    for (const part of others) {
      const found = key.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
};
