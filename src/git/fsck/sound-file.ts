/**
 * Files that git reads because of their names in trees. Of `.gitmodules` only the plainest is taken for sound.
 *
 * @see git's fsck.c, fsck_blob; attr.h; gitmodules(5)
 */
import type { FileName } from './check.ts'

const LINE_FEED = 0x0a
/** @see git's attr.h, ATTR_MAX_LINE_LENGTH */
const MAX_ATTRIBUTE_LINE_BYTES = 2047
const MAX_MODULES_BYTES = 64 * 1024

const BLANK = /^[ \t]*(?:[#;][\t -~]*)?$/
const SECTION = /^\[submodule "[\w.+@/ -]+"\]$/
const VALUE = /^[ \t]*(?:branch|shallow|ignore|fetchRecurseSubmodules) ?= ?[\w./-]+$/
const UPDATE = /^[ \t]*update ?= ?(?:checkout|rebase|merge|none)$/
const PATH = /^[ \t]*path ?= ?[\w.+@/][\w.+@/-]*$/
const URL =
  /^[ \t]*url ?= ?(?:(?:https?|ssh|git):\/\/[\w.-]+\/[\w.+@~/-]+|[\w.]+@[\w.-]+:[\w.+@~/-]+|(?:\.\.?\/)+\w[\w.+@~/-]*)$/
/** Where a relative URL may end up is for git to say. */
const UP = /\.\.(?=["/]|$)/
const RELATIVE_URL = /^[ \t]*url ?= ?(?:\.\.?\/)+/

/** @returns whether git has nothing against a file of this name with this content */
export function isSoundFile(name: FileName, content: Buffer): boolean {
  return name === '.gitmodules' ? isPlainModules(content) : hasShortLines(content)
}

/** Longer ones git does not read as attributes. */
function hasShortLines(content: Buffer): boolean {
  for (let start = 0; start < content.length;) {
    const end = content.indexOf(LINE_FEED, start)
    if ((end < 0 ? content.length : end) - start > MAX_ATTRIBUTE_LINE_BYTES) return false
    if (end < 0) break
    start = end + 1
  }
  return true
}

function isPlainModules(content: Buffer): boolean {
  if (content.length > MAX_MODULES_BYTES) return false
  let isInSection = false
  return content
    .toString('latin1')
    .split('\n')
    .every((line) => {
      if (BLANK.test(line)) return true
      if (UP.test(line.replace(RELATIVE_URL, ''))) return false
      if (SECTION.test(line)) return (isInSection = true)
      return isInSection && [VALUE, UPDATE, PATH, URL].some((setting) => setting.test(line))
    })
}
