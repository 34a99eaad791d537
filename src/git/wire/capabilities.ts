/** Capability lists, as both directions and all protocol versions write them: `name` or `name=value`. */
import type { ObjectFormat } from '../../kernel/ids.ts'
import { malformedRequest } from './malformed-request.ts'

/** Name to value; `true` where there is none. Of a repeated name the last stands. */
export type Capabilities = ReadonlyMap<string, string | true>

/** @param words as split at spaces or packets; empty ones are skipped */
export function parseCapabilities(words: readonly string[]): Capabilities {
  const entries = words.filter((word) => word !== '').map(parseCapability)
  return new Map(entries)
}

function parseCapability(word: string): [string, string | true] {
  const equals = word.indexOf('=')
  return equals < 0 ? [word, true] : [word.slice(0, equals), word.slice(equals + 1)]
}

/**
 * A client that names no object format means sha1.
 *
 * @throws AppError `MALFORMED_REQUEST` when the client and the repository differ
 * @see gitprotocol-capabilities(5), object-format
 */
export function checkObjectFormat(capabilities: Capabilities, expected: ObjectFormat): void {
  const named = capabilities.get('object-format') ?? 'sha1'
  if (named === expected) return
  throw malformedRequest(`the repository's object format is ${expected}`)
}
