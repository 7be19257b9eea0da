/** Of ASCII. */
export const control = /[^ -~\x80-\u{10ffff}]/u;

/** A character as people can find it: one that is not seen, or looks like another, by its number as well. */
export function nameCharacter(character: string): string {
  const number = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  if (character === ' ') return 'a space';
  if (control.test(character)) return `a control character (${number})`;
  if (/[!-~]/.test(character)) return `the character ${character}`;
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character)
    ? `the character ${character} (${number})`
    : `an invisible character (${number})`;
}
