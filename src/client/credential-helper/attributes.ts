/**
 * The lines in which git and its credential helpers describe a credential: `key=value`, and
 * `key[]=value` for keys that may have several. What they mean is the business of the actions.
 *
 * @see git-credential(1), INPUT/OUTPUT FORMAT
 */
import { HelperError } from './helper-error.ts'

/** By key, brackets included. A key without brackets has one value. */
export type Attributes = ReadonlyMap<string, readonly string[]>

/** Git promises no longer ones. */
const MAX_LINE_BYTES = 65_535

/** Reads up to the first empty line. @throws HelperError for a line that is no attribute */
export function parseAttributes(text: string): Attributes {
  const attributes = new Map<string, readonly string[]>()
  for (const line of text.split('\n')) {
    if (line === '') break
    const [, key, value = ''] = /^([^=]+)=(.*)$/s.exec(line) ?? []
    if (key === undefined || Buffer.byteLength(line) >= MAX_LINE_BYTES)
      throw new HelperError('what git sent is no description of a credential')
    attributes.set(key, valuesOf(key, value, attributes.get(key) ?? []))
  }
  return attributes
}

/** Of a key with brackets the values add up, and an empty one begins anew; of any other the last one counts. */
function valuesOf(key: string, value: string, before: readonly string[]): readonly string[] {
  if (!key.endsWith('[]')) return [value]
  return value === '' ? [] : [...before, value]
}

/** `null` when absent or empty. */
export function attribute(attributes: Attributes, key: string): string | null {
  return attributes.get(key)?.[0] || null
}

/** Does git understand what depends on it? @see git-credential(1), capability[] */
export function hasCapability(attributes: Attributes, capability: string): boolean {
  return attributes.get('capability[]')?.includes(capability) ?? false
}

/** @throws TypeError for a value that would forge another line */
export function writeAttributes(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([key, value]) => {
      if (/[\r\n\0]/.test(value)) throw new TypeError(`end of a line in ${key}`)
      return `${key}=${value}\n`
    })
    .join('')
}
