export { AnsweredTimeline } from './answered-timeline.js';
export type { KeySource } from './keys.js';
export { readDuration } from './offsets.js';
export { showTimeline, timelineCast } from './show-timeline.js';
