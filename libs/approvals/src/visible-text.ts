/**
 * Characters that a reader cannot see, or that move what they see: controls, format and bidirectional characters, unassigned and private
 * ones, lone surrogates, every space but the plain one, and what Unicode lets a font draw as nothing.
 */
const unseen = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;
const unseenOrEscape = /\\(?=u\{)|[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Letters that are written from the right: they are shown, and their neighbours may be shown in another order. */
const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/**
 * The text with every character that cannot be seen written out as `\u{…}` (its code point in hex). Two different texts never come out
 * the same: a backslash that already begins `\u{` is written out too.
 * @param multiline line feeds and tabs stay
 */
export function escapeUnseen(text: string, multiline = false): string {
  return text.replace(unseenOrEscape, (character) =>
    character === ' ' || (multiline && (character === '\n' || character === '\t'))
      ? character
      : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Whether a text that is shown holds a character that cannot be seen; a plain space is seen. */
export function hasUnseen(text: string): boolean {
  return unseen.test(text.replaceAll(' ', ''));
}

/** Whether letters in it may be displayed in another order than they are stored in. */
export function mayReorder(text: string): boolean {
  return rightToLeft.test(text);
}
