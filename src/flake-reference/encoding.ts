/** Percent-encodes what a path segment may not hold as it is; `/` among it, so one segment stays one. */
export function encodeSegment(segment: string): string {
  return encodeExcept(segment, /[^A-Za-z0-9._~!@,:-]/gu);
}

/** Percent-encodes a query value. `/` may stand, as in `ref=refs/heads/main`; `+` may not: some readers take it for a space. */
export function encodeQueryValue(value: string): string {
  return encodeExcept(value, /[^A-Za-z0-9._~@:/-]/gu);
}

/** Also a character that may stand as it is, for advice. */
export function encodeCharacter(character: string): string {
  const octets = [...new TextEncoder().encode(character)];
  return octets.map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

/** The decoded text, or undefined when a percent sign does not start a well-formed octet, or the octets are no UTF-8. */
export function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function encodeExcept(text: string, notAllowed: RegExp): string {
  return text.replace(notAllowed, encodeCharacter);
}
