export { playRecording } from './play-recording.js';
export type { RecordedData, RecordedFrame, Recording } from './recording.js';
export { SafeText } from './safe-text.js';
export { type CastOptions, toCast } from './to-cast.js';
