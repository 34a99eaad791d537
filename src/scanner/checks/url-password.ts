/** Is it a password of somebody, or one that documents and local set-ups use? */

const LOCAL =
  /@(?:localhost|127\.|0\.0\.0\.0|\[::1\]|host\b|db\b|(?:[\w-]+\.)*example\.|(?:[\w-]+\.)*(?:test|invalid|local|localhost)\b)/i
const NOBODYS =
  /^(?:pass(?:word|wd|phrase)?\d*|pwd|secret\d*|token|key|user(?:name)?|admin|root|guest|test(?:ing)?\d*|foo|bar|baz|qux|hunter2|postgres|mysql|rabbit|redis|minio|x-oauth-basic|change_?me|abc|123\d*|api_?key|access_?token|p[a@]ss.{0,4})$/i
const MARKS = /[${}<>%()[\]*|\\]|\.\.\.|^(.)\1+$/

/** @param match `://user:password@host` */
export function isUrlPassword(password: string, match: string): boolean {
  if (MARKS.test(password.replace(/%[0-9A-Fa-f]{2}/g, '')) || NOBODYS.test(password) || LOCAL.test(match))
    return false
  return !match.startsWith(`://${password}:`)
}
