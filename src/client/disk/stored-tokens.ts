/** The text of the file of tokens. What is not understood is not believed. Node.js only. */
import type { KeptToken } from '../credential.ts'

export interface StoredToken extends KeptToken {
  /** When it was put here, milliseconds since 1970. */
  readonly since: number
}

const VERSION = 1
/** The longest-lived stay. */
const MAX_TOKENS = 1000
/** It becomes part of a header. */
const TOKEN = /^[\x21-\x7e]{1,16384}$/

/** By name; without those that are over, or that come from the future: the clock has been set back. */
export function parseTokens(text: string, now: number): Map<string, StoredToken> {
  const file = parse(text)
  if (file?.version !== VERSION || typeof file.tokens !== 'object' || file.tokens === null) return new Map()
  const entries = Object.entries(file.tokens as Record<string, unknown>)
  return new Map(entries.filter((entry): entry is [string, StoredToken] => isGood(entry[1], now)))
}

export function writeTokens(tokens: ReadonlyMap<string, StoredToken>, now: number): string {
  const good = [...tokens].filter(([, token]) => isGood(token, now))
  const kept = good.sort(([, a], [, b]) => b.until - a.until).slice(0, MAX_TOKENS)
  return `${JSON.stringify({ version: VERSION, tokens: Object.fromEntries(kept) }, null, 1)}\n`
}

function isGood(value: unknown, now: number): boolean {
  const { token, since, until } = (value ?? {}) as Partial<StoredToken>
  if (typeof token !== 'string' || !TOKEN.test(token)) return false
  return typeof since === 'number' && since <= now && typeof until === 'number' && until > now
}

function parse(text: string): { readonly version?: unknown; readonly tokens?: unknown } | null {
  try {
    return JSON.parse(text) as { version?: unknown; tokens?: unknown } | null
  } catch {
    return null
  }
}
