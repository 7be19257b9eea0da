/** The same URL without a name and a password in it, for people; also where it is none that can be parsed. */
export function withoutLogin(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1');
}
