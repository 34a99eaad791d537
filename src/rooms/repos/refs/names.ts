/** Names of branches and tags as clients give them: short, and with a reason when they can be none. */
import { z } from 'zod'
import { AppError } from '../../../kernel/errors.ts'
import { isRefName, type RefName } from '../../../kernel/ids.ts'

const RULES: readonly (readonly [broken: RegExp, rule: string])[] = [
  [/^$/, 'must not be empty'],
  [/^-/, 'must not begin with "-"'],
  [/[\x00-\x1f\x7f]/, 'must not hold a control character'],
  [/[ ~^:?*[\\]/, 'must not hold a space or one of ~ ^ : ? * [ \\'],
  [/\.\.|@\{/, 'must not hold ".." or "@{"'],
  [/^\/|\/$|\/\//, 'must not begin or end with a slash, nor hold two in a row'],
  [/(?:^|\/)\.|\.$/, 'must not end with ".", and no part of it may begin with one'],
  [/\.lock(?:\/|$)/, 'must have no part that ends with ".lock"'],
  [/^(?:@|HEAD)$/, 'must not be "@" or "HEAD"'],
  [/^refs\//, 'must be the short name, without "refs/"'],
  [/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i, 'must not look like an object id'],
]

/** The first rule that a name breaks, or `null`. @see git-check-ref-format(1) */
export function brokenRule(name: string): string | null {
  const rule = RULES.find(([broken]) => broken.test(name))?.[1]
  if (rule !== undefined) return rule
  return isRefName(`refs/heads/${name}`) ? null : 'is too long, or not UTF-8'
}

/** For a branch or tag that is to be made. */
export const NewRefName = z.string().check(({ value, issues }) => {
  const message = brokenRule(value)
  if (message !== null) issues.push({ code: 'custom', message, input: value })
})

/** Parameter `*` of a route: slashes are part of the name. */
export const RefNameParam = z.string().meta({ description: 'short name; its slashes may stand as they are' })

/**
 * @param prefix `refs/heads/` or `refs/tags/`
 * @returns `null` for a name that no ref can have
 * @throws AppError `VALIDATION_ERROR` for one that begins with `-` or holds control characters
 */
export function refNamed(prefix: string, name: string): RefName | null {
  const message = /^-|[\x00-\x1f\x7f]/.test(name) ? brokenRule(name) : null
  if (message !== null) throw new AppError('VALIDATION_ERROR', { details: [{ path: 'params.*', message }] })
  const ref = `${prefix}${name}`
  return isRefName(ref) ? ref : null
}

/** For `Location`: slashes stay. */
export function encodeName(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/')
}
