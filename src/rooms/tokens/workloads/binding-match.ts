/** Which bindings an assertion matches, and as whom it may then act. Pure. */
import type { Assertion } from '../../../kernel/assertion.ts'
import { isUuid } from '../../../kernel/ids.ts'
import { matchesStars } from '../../../kernel/star-pattern.ts'
import type { WorkloadBinding } from '../../../store/workload-bindings.ts'

/** A run of stars matches whatever is there. */
const ONLY_STARS = /^\*+$/

/** Does what the assertion says fit the binding: issuer, audience and every claim? */
export function matchesBinding(binding: WorkloadBinding, assertion: Assertion): boolean {
  if (binding.issuer !== assertion.issuer || !assertion.audiences.includes(binding.audience)) return false
  const wanted = Object.entries(binding.claims)
  return wanted.length > 0 && wanted.every(([name, pattern]) => claimFits(assertion.claims, name, pattern))
}

/**
 * The one that counts. Of several accounts the client must say which; of several bindings of one account
 * it is the one that asks for most, then the oldest.
 *
 * @param matching oldest first
 * @param clientId where it is an account, no other account will do
 * @returns `null`: none, or it cannot be told
 */
export function chooseBinding(
  matching: readonly WorkloadBinding[],
  clientId: string | null,
): WorkloadBinding | null {
  const meant = clientId !== null && isUuid(clientId) ? clientId.toLowerCase() : null
  const candidates = meant === null ? matching : matching.filter(({ accountId }) => accountId === meant)
  const accounts = new Set(candidates.map(({ accountId }) => accountId))
  if (accounts.size !== 1) return null
  return candidates.reduce((best, next) => (countOf(next) > countOf(best) ? next : best))
}

/** Would these claims let in everybody whom the issuer vouches for? Told in words for whoever wrote them. */
export function faultOfClaims(claims: Readonly<Record<string, string>>): string | null {
  const { sub } = claims
  if (sub !== undefined && ONLY_STARS.test(sub)) return 'sub must not be any'
  if (Object.values(claims).every((pattern) => ONLY_STARS.test(pattern)))
    return 'at least one claim must be more than *'
  return null
}

function countOf({ claims }: WorkloadBinding): number {
  return Object.keys(claims).length
}

/**
 * Of a list one element must fit. A name with dots can be read in several ways (`a.b` of the claims, or
 * `b` in `a`); whichever are there must all fit, so that nobody gets in by adding another.
 */
function claimFits(claims: object, name: string, pattern: string): boolean {
  const found = readings(claims, name)
  return found.length > 0 && found.every((value) => valueFits(value, pattern))
}

function readings(from: object, name: string): readonly unknown[] {
  const found: unknown[] = Object.hasOwn(from, name) ? [memberOf(from, name)] : []
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    const head = name.slice(0, dot)
    const inner = Object.hasOwn(from, head) ? memberOf(from, head) : null
    if (isPlainObject(inner)) found.push(...readings(inner, name.slice(dot + 1)))
  }
  return found
}

function valueFits(value: unknown, pattern: string): boolean {
  if (Array.isArray(value))
    return value.some((element) => !Array.isArray(element) && valueFits(element, pattern))
  if (typeof value === 'number' || typeof value === 'boolean') return matchesStars(pattern, String(value))
  return typeof value === 'string' && matchesStars(pattern, value)
}

function memberOf(from: object, name: string): unknown {
  return (from as Record<string, unknown>)[name]
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
