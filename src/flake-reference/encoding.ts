/** Percent-encodes what a path segment may not hold as it is; `/` among it, so one segment stays one. */
export function encodeSegment(segment: string): string {
  return encodeExcept(segment, /[^A-Za-z0-9._~!@,:-]/g);
}

/** Percent-encodes a query value. `/` may stand, as in `ref=refs/heads/main`; `+` may not: some readers take it for a space. */
export function encodeQueryValue(value: string): string {
  return encodeExcept(value, /[^A-Za-z0-9._~@:/-]/g);
}

/** The decoded text, or undefined when a percent sign does not start a well-formed octet. */
export function decodePercent(text: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, octet: string) => String.fromCharCode(Number.parseInt(octet, 16)));
}

function encodeExcept(text: string, notAllowed: RegExp): string {
  return text.replace(
    notAllowed,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
