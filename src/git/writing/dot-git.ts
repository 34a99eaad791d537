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
const MODULES = { name: 'gitmodules', ntfs: ntfsForms('gitmodules', 'gi7eba') }
const ATTRIBUTES = { name: 'gitattributes', ntfs: ntfsForms('gitattributes', 'gi7d29') }
const IGNORE = { name: 'gitignore', ntfs: ntfsForms('gitignore', 'gi250a') }
const MAILMAP = { name: 'mailmap', ntfs: ntfsForms('mailmap', 'maba30') }

/** `.gitmodules`, `.gitattributes`, `.gitignore`, `.mailmap`, or what is taken for one of them. */
export function isReadByGit(component: string): boolean {
  return [MODULES, ATTRIBUTES, IGNORE, MAILMAP].some((file) => isTakenFor(component, file))
}

/** Those whose contents git looks at before it takes them from anybody. */
export function isCheckedByGit(component: string): boolean {
  return isDotGitmodules(component) || isTakenFor(component, ATTRIBUTES)
}

export function isDotGitmodules(component: string): boolean {
  return isTakenFor(component, MODULES)
}

function isTakenFor(component: string, { name, ntfs }: { name: string; ntfs: RegExp }): boolean {
  return ntfs.test(component) || withoutPassedOver(component) === `.${name}`
}

/**
 * A short name is the first six letters and `~1` to `~4`, or, where these are taken, letters of a hash and a
 * number, eight characters together.
 */
function ntfsForms(name: string, hashedPrefix: string): RegExp {
  const hashed = Array.from({ length: 7 }, (_, i) => `${hashedPrefix.slice(0, i)}~[1-9][0-9]{${6 - i}}`)
  const forms = [`\\.${name}`, `${name.slice(0, 6)}~[1-4]`, ...hashed]
  return new RegExp(`^(?:${forms.join('|')})${NTFS_TAIL}`, 'i')
}

function withoutPassedOver(component: string): string {
  return component.replace(PASSED_OVER, '').toLowerCase()
}
