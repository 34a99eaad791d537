/** How a value is written in the environment. Every schema takes text and says what it expected. */
import { isIP } from 'node:net'
import { z } from 'zod'
import { parseNpub } from '../nostr/npub.ts'
import { isLoopback } from './loopback.ts'
import { Secret } from './secret.ts'

const UNIT_BYTES = { '': 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4 } as const
const SIZE = /^(\d{1,15}) ?((?:[kmgt]ib)?)$/i
const ON_OFF: Readonly<Record<string, boolean>> = {
  1: true,
  on: true,
  true: true,
  0: false,
  off: false,
  false: false,
}

export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, 'expected a whole number')
    .transform(Number)
    .refine((n) => n >= min && n <= max, `expected ${min} to ${max}`)
}

/** Bytes, or KiB, MiB, GiB, TiB with the unit behind the number. */
export const size = z
  .string()
  .regex(SIZE, 'expected a number of bytes, or one with KiB, MiB, GiB or TiB behind it')
  .transform((text) => {
    const [, digits = '', unit = ''] = SIZE.exec(text) ?? []
    return Number(digits) * UNIT_BYTES[unit.toLowerCase() as keyof typeof UNIT_BYTES]
  })
  .refine((bytes) => bytes > 0 && Number.isSafeInteger(bytes), 'expected a size over nothing')

export const onOff = z
  .string()
  .refine((text) => Object.hasOwn(ON_OFF, text.toLowerCase()), 'expected on or off')
  .transform((text) => ON_OFF[text.toLowerCase()] === true)

export const directory = z.string().refine((text) => !text.includes('\0'), 'expected a directory')

export const host = z.union([z.ipv4(), z.ipv6(), z.hostname()], 'expected a host name or an address')

/** Kept as written but for a slash at the end. */
export const baseUrl = z
  .string()
  .refine((text) => isBaseUrl(text), 'expected an http or https URL without user, query or fragment')
  .transform((text) => text.replace(/\/+$/, ''))

/** https, or http where it never leaves the machine: keys that come over it decide who is who. */
export const trustedUrl = z
  .string()
  .refine((text) => isBaseUrl(text), 'expected a URL')
  .refine((text) => !isBaseUrl(text) || isPrivateRoute(new URL(text)), 'expected https, except on loopback')

export const origin = z
  .string()
  .refine((text) => text !== '*', '* would let every page call with the credentials of its visitor')
  .refine((text) => text === '*' || isOrigin(text), 'expected an origin such as https://app.example.org')

export const addressRange = z
  .string()
  .refine((text) => isAddressRange(text), 'expected an address or a range such as 10.0.0.0/8')
  .refine((text) => !text.endsWith('/0'), 'would hold every address there is')

/** Separated by commas; blanks around one are dropped. */
export function listOf<T>(item: z.ZodType<T, string>) {
  const items = z.array(item).min(1, 'expected at least one')
  return z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .transform((parts) => parts.filter((part) => part !== ''))
    .pipe(items)
    .transform((list): readonly T[] => [...new Set(list)])
}

export function json<T>(schema: z.ZodType<T>) {
  return z
    .string()
    .transform((text, ctx): unknown => {
      try {
        return JSON.parse(text)
      } catch {
        ctx.addIssue({ code: 'custom', message: 'expected JSON' })
        return z.NEVER
      }
    })
    .pipe(schema as z.ZodType<T, unknown>)
}

export function secret(minBytes = 1) {
  return z
    .string()
    .refine((text) => Buffer.byteLength(text) >= minBytes, `expected at least ${minBytes} bytes`)
    .transform((text) => new Secret(text))
}

/** A URL that may hold a password. */
export function secretUrl(protocols: readonly string[]) {
  const expected = `expected a URL of ${protocols.map((p) => `${p}//`).join(' or ')}`
  return z
    .string()
    .refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), expected)
    .transform((text) => new Secret(text))
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text) || /[?#\s]/.test(text)) return false
  const url = new URL(text)
  return ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === ''
}

function isPrivateRoute(url: URL): boolean {
  return url.protocol === 'https:' || isLoopback(url.hostname)
}

function isOrigin(text: string): boolean {
  return isBaseUrl(text) && new URL(text).origin === text
}

function isAddressRange(text: string): boolean {
  if (isIP(text) !== 0) return true
  return z.union([z.cidrv4(), z.cidrv6()]).safeParse(text).success
}

/** A public key as people write it; the value is hex. @see NIP-19 */
export const npub = z.string().transform((text, context) => {
  const key = parseNpub(text)
  if (key === null) context.addIssue('expected public keys that begin with npub1')
  return key ?? z.NEVER
})
