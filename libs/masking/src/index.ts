/**
 * Masks, pure: which bytes stand for a protected value, in rows, in the record's copy and in errors.
 * @packageDocumentation
 */
export { MaskingError, type MaskingErrorCode } from './masking.error.js';
export { maskRuleFromConfig, type Keep, type MaskConfig, type MaskRule } from './mask-rule.js';
export { compileMaskingPlan, type MaskingPlan, type MaskStep, type PlanColumn } from './masking-plan.js';
export { type OutputSettings } from './constant-mask.js';
export type { UserType, UserTypes } from './user-type.js';
export { isPseudonymShaped } from './pseudonyms/pseudonym-shape.js';
export { Pseudonyms, type PseudonymShape } from './pseudonyms/pseudonyms.js';
export type { Bucket, Buckets, CalendarUnit } from './values/buckets.js';
export { maskValue } from './mask-value.js';
export { RowMasker } from './row-masker.js';
export { Slab } from './slab.js';
export { decodeForRecord } from './recorded-values.js';
export { CopyRows, type Oversize } from './copy/copy-rows.js';
export type { CopyPiece } from './copy/piece-scan.js';
export { CopyMasker, isEndMark } from './copy/copy-masker.js';
export { recordedCopyRow } from './copy/recorded-copy-row.js';
export { maskLikeness, type MaskLikeness, type WrittenInto } from './write-back/mask-likeness.js';
export { maskedCopyColumn } from './write-back/masked-copy-column.js';
export { scrubError } from './scrub-error.js';
export { PatternError } from './patterns/pattern.error.js';
export { compilePatterns, type PatternEntry, PatternSet } from './patterns/pattern-set.js';
export { LOG_LIMITS, TERMINAL_LIMITS, TextMasker, type TextLimits, type TextMask } from './patterns/text-masker.js';
export { maskText } from './patterns/mask-text.js';
export {
  detect,
  type Detected,
  DETECTORS,
  DetectorSet,
  detectText,
  STANDARD_DETECTORS,
} from './detectors/detector-set.js';
export type { Detector, DetectorName } from './detectors/detector.js';
export { DETECT_ACTIONS, type DetectAction, type DetectRules, type DetectStep } from './detectors/detect-rules.js';
export { type FoundCount, type FoundName, FoundValues } from './detectors/found-values.js';
export { KNOWN_PATTERNS } from './patterns/known-patterns.js';
export { JsonError, type JsonErrorCode } from './json/json.error.js';
export { KEYS, LEAF, SCALAR, SPAN, type JsonLimits, type JsonPlace, type JsonVisitor } from './json/json-visitor.js';
export { JsonRewriter } from './json/json-rewriter.js';
export { decodeString, encodeString } from './json/json-bytes.js';
export { PathAutomaton, type PathStep } from './json/path-automaton.js';
export {
  suggestProtection,
  type ColumnEvidence,
  type ColumnSuggestion,
  type TargetSuggestions,
} from './suggest/suggest-protection.js';
export type { TypeKind } from './suggest/personal-classes.js';
