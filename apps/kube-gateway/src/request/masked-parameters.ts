import type { RequestTarget } from './request-target.js';

/** A mask of ours, plain, or in base64 at each of the three alignments. */
const marks = /sallyport:v1|c2FsbHlwb3J0OnYx|NhbGx5cG9ydDp2M|zYWxseXBvcnQ6dj/;

/**
 * Where a target holds a value that the gateway masked: sent back, it would be taken for the real one (an argument of
 * exec, a name, a selector).
 * @returns `path` and names of parameters; empty: none
 */
export function maskedParameters(target: RequestTarget): string[] {
  const found = target.segments.some((one) => marks.test(one)) ? ['path'] : [];
  for (const [name, values] of target.query) {
    if (marks.test(name) || values.some((value) => marks.test(value))) found.push(name);
  }
  return found;
}
