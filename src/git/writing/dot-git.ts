/**
 * Names that a file system of macOS or Windows takes for one of git's own. Whoever checks such a file out
 * there would let it write into his `.git`.
 *
 * @see git's path.c (is_ntfs_dotgit, is_ntfs_dot_generic) and utf8.c (is_hfs_dotgit)
 */

/** Code points that HFS+ passes over when it compares names. */
const PASSED_OVER = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g
/** NTFS drops dots and spaces at the end of a name, and what follows a colon is a stream of the file. */
const NTFS_TAIL = '[. ]*(?:$|:)'
const NTFS_DOT_GIT = new RegExp(`^(?:\\.git|git~1)${NTFS_TAIL}`, 'i')

/** @param component one name of a path; a backslash parts names on NTFS */
export function isDotGit(component: string): boolean {
  if (withoutPassedOver(component) === '.git') return true
  return component.split('\\').some((name) => NTFS_DOT_GIT.test(name))
}

/** Which git reads from the work tree, and must not reach through a link. With their short names on NTFS. */
const READ_BY_GIT = [
  ['gitmodules', 'gi7eba'],
  ['gitattributes', 'gi7d29'],
  ['gitignore', 'gi250a'],
  ['mailmap', 'maba30'],
] as const

/** `.gitmodules`, `.gitattributes`, `.gitignore`, `.mailmap`, or what is taken for one of them. */
export function isReadByGit(component: string): boolean {
  return READ_BY_GIT.some(([name, hashedPrefix]) => isTakenFor(component, name, hashedPrefix))
}

export function isDotGitmodules(component: string): boolean {
  return isTakenFor(component, ...READ_BY_GIT[0])
}

function isTakenFor(component: string, name: string, hashedPrefix: string): boolean {
  if (withoutPassedOver(component) === `.${name}`) return true
  return ntfsForms(name, hashedPrefix).some((form) => form.test(component))
}

/**
 * A short name is the first six letters and `~1` to `~4`, or, where these are taken, letters of a hash and a
 * number, eight characters together.
 */
function ntfsForms(name: string, hashedPrefix: string): RegExp[] {
  const hashed = Array.from({ length: 7 }, (_, i) => `${hashedPrefix.slice(0, i)}~[1-9][0-9]{${6 - i}}`)
  const forms = [`\\.${name}`, `${name.slice(0, 6)}~[1-4]`, ...hashed]
  return forms.map((form) => new RegExp(`^${form}${NTFS_TAIL}`, 'i'))
}

function withoutPassedOver(component: string): string {
  return component.replace(PASSED_OVER, '').toLowerCase()
}
