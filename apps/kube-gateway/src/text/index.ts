export { type LogPart, logRedactor, LogRedactor } from './log-redactor.js';
