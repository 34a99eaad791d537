/**
 * Names in trees that some file system takes for one of git's own. HFS+ ignores some code points, NTFS ends a name
 * at a colon, drops dots and spaces at its end, makes short names, and takes a backslash for a separator.
 *
 * @see git's path.c, is_ntfs_dotgit and is_ntfs_dot_generic; utf8.c, is_hfs_dot_generic
 */
import type { FileName } from './check.ts'

/**
 * `no link`: a file of git's that is only looked at in trees. `doubtful`: perhaps one that is read, or no link.
 */
export type EntryName = 'plain' | '.git' | FileName | 'no link' | 'doubtful'

const NTFS_GIT = /(?:^|\\)(?:\.git|git~1)[. ]*(?:$|[\\/:])/i
const HFS_GIT = /^\.git(?:$|\/)/i
const NTFS_MODULES = /(?:^|\\)(?:\.gitmodules|gitmod~[1-4])[. ]*(?:$|:)/i
const HFS_MODULES = /^\.gitmodules(?:$|\/)/i
const ATTRIBUTES = /(?:^|\\)\.gitattributes[. ]*(?:$|[:/])/i
const NO_LINK = /(?:^|\\)\.(?:gitignore|mailmap)[. ]*(?:$|[:/])/i
/** Short names of NTFS are the beginning or a hash of the long one. */
const SHORT = /(?:^|\\)(?:[gm][^\\~]{0,5})?~[0-9]/i
/** HFS+ ends the name where its UTF-8 is broken. */
const BROKEN_END = /^\.(?:git|gitmodules|gitattributes|gitignore|mailmap)[\x80-\xff]/i
/** U+200C–200F, U+202A–202E, U+206A–206F and U+FEFF in UTF-8, as bytes. */
const IGNORED_BY_HFS = /\xe2\x80[\x8c-\x8f\xaa-\xae]|\xe2\x81[\xaa-\xaf]|\xef\xbb\xbf/g

/** @param name bytes as characters */
export function entryName(name: string): EntryName {
  const shown = name.replace(IGNORED_BY_HFS, '')
  if (NTFS_GIT.test(name) || HFS_GIT.test(shown)) return '.git'
  if (NTFS_MODULES.test(name) || HFS_MODULES.test(shown)) return '.gitmodules'
  if (ATTRIBUTES.test(name) || ATTRIBUTES.test(shown)) return '.gitattributes'
  if (NO_LINK.test(name) || NO_LINK.test(shown)) return 'no link'
  return SHORT.test(name) || BROKEN_END.test(shown) ? 'doubtful' : 'plain'
}
