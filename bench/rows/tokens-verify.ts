/** What it costs to know who is asking: a token seen for the first time, and one that is remembered. */
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import type { Figure } from '../figure.ts'
import { interleave } from '../measure/interleave.ts'
import { medianOf, seriesOf } from '../measure/series.ts'
import { startLoginIssuer } from '../peers/login-issuer.ts'
import { openVerifiers, type TokenKind, type Verifiers, type Verify } from '../peers/verifiers.ts'
import type { Row, RowParts } from '../row.ts'

const TOKENS = 500
const REPEATS = 20_000
const MAX_COLD_MICROSECONDS = 200
const MAX_REMEMBERED_MICROSECONDS = 5
const KINDS: readonly { kind: TokenKind; what: string; maxCold: number | null }[] = [
  { kind: 'own', what: 'signed by this server, ES256', maxCold: MAX_COLD_MICROSECONDS },
  { kind: 'login', what: "another issuer's login, RS256", maxCold: null },
  { kind: 'opaque', what: 'opaque', maxCold: null },
]

export const tokensVerify: Row = {
  name: 'tokens-verify',
  title: 'Verifying a token',
  method: `The verifiers of the server in one process, with its SQLite database, without HTTP. Cold: ${TOKENS} tokens that the process has never seen, one after the other; signature, claims, revocation of the token and of what it was minted from, accounts; the median. Beside it what \`crypto.verify\` takes for one signature over as many bytes. Remembered: one token ${REPEATS.toLocaleString('en')} times, its hash and the list of changes, read every 80 ms, included.`,
  async measure(parts) {
    await using logins = await startLoginIssuer()
    await using verifiers = await openVerifiers(parts.scratch, logins)
    const figures: Figure[] = []
    for (const { kind, what, maxCold } of KINDS) {
      parts.progress(what)
      const tokens = await Promise.all(Array.from({ length: TOKENS + 1 }, () => verifiers.mint[kind]()))
      figures.push(...(await measureKind(parts, verifiers, { what, maxCold, tokens })))
    }
    return { figures }
  },
}

async function measureKind(
  parts: RowParts,
  verifiers: Verifiers,
  { what, maxCold, tokens }: { what: string; maxCold: number | null; tokens: readonly string[] },
): Promise<Figure[]> {
  const readings = await interleave(
    {
      cold: async () => coldCost(await verifiers.openVerifier(), tokens),
      remembered: async () => rememberedCost(await verifiers.openVerifier(), tokens[0] ?? ''),
      signature: () => Promise.resolve(signatureCost(TOKENS, tokens[0]?.length ?? 0)),
    },
    parts,
  )
  return [
    {
      what: `${what}, cold`,
      unit: 'µs',
      ours: seriesOf(readings.cold),
      against:
        maxCold === null ? null : { name: 'the signature alone', series: seriesOf(readings.signature) },
      goal: maxCold === null ? null : { measure: 'value', atMost: maxCold },
    },
    {
      what: `${what}, remembered`,
      unit: 'µs',
      ours: seriesOf(readings.remembered),
      against: null,
      goal: { measure: 'value', atMost: MAX_REMEMBERED_MICROSECONDS },
    },
  ]
}

/**
 * Median of tokens never seen before, microseconds. The first one only opens the way: keys of the
 * issuer, statements of the database.
 */
async function coldCost(verifyToken: Verify, [first = '', ...tokens]: readonly string[]): Promise<number> {
  await verifyToken(first)
  const took: number[] = []
  for (const token of tokens) {
    const begin = performance.now()
    await verifyToken(token)
    took.push((performance.now() - begin) * 1000)
  }
  return medianOf(took)
}

/** Mean of one token again and again, microseconds. */
async function rememberedCost(verifyToken: Verify, token: string): Promise<number> {
  await verifyToken(token)
  const begin = performance.now()
  for (let left = REPEATS; left > 0; left--) await verifyToken(token)
  return ((performance.now() - begin) * 1000) / REPEATS
}

/** Median of verifying one ES256 signature, microseconds. */
function signatureCost(times: number, bytes: number): number {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const text = Buffer.alloc(bytes, 'x')
  const signature = sign('sha256', text, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  const took = Array.from({ length: times }, () => {
    const begin = performance.now()
    verify('sha256', text, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
    return (performance.now() - begin) * 1000
  })
  return medianOf(took)
}
