/** How long a token that was revoked still opens a door. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import { openPastTheServer } from '../peers/past-the-server.ts'
import { makeSharedDatabase } from '../peers/shared-database.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { openTokenClient, type MintedToken, type TokenClient } from '../requests/token-client.ts'
import type { Measured, Row, RowParts } from '../row.ts'

const TOKENS = 20
const MAX_MS = 100

export const tokensRevocation: Row = {
  name: 'tokens-revocation',
  title: 'From revocation to refusal',
  method: `Each round ${TOKENS} opaque tokens, each used, so that it is remembered, then revoked while one client goes on using it without a pause. In the same process: requests that are let in though they were sent after the answer to \`DELETE /tokens/{id}\`. Elsewhere: from the end of the revocation to the last request, by the time it was sent, that was let in; the slowest token of a round. \`BENCH_DATABASE_URL=<PostgreSQL>\` makes two servers share a database.`,
  async measure(parts) {
    await using shared = await makeSharedDatabase(process.env['BENCH_DATABASE_URL'])
    if (shared === null) return await measureOtherProcess(parts)
    return await measureReplica(parts, {
      DATABASE_URL: shared.url,
      SLUICE_KEY_SECRET: randomBytes(32).toString('hex'),
    })
  },
}

/** Revokes a token, and has it revoked by the time it resolves. */
type Revoke = (minted: MintedToken) => Promise<void>

async function measureReplica(parts: RowParts, settings: Record<string, string>): Promise<Measured> {
  await using near = await startSluice(parts.root, join(parts.scratch, 'near'), settings)
  await using far = await startSluice(parts.root, join(parts.scratch, 'far'), settings, {
    token: near.token,
  })
  const note = 'Elsewhere is a second server on the same PostgreSQL.'
  return { ...(await measureBoth(parts, near, far, revokeAt(near))), note }
}

async function measureOtherProcess(parts: RowParts): Promise<Measured> {
  const data = join(parts.scratch, 'data')
  await using sluice = await startSluice(parts.root, data)
  await using other = await openPastTheServer(data)
  const note = 'No PostgreSQL was named: elsewhere is another process that writes to the same SQLite file.'
  return { ...(await measureBoth(parts, sluice, sluice, ({ id }) => other.revoke(id))), note }
}

function revokeAt({ origin, token }: Sluice): Revoke {
  return async ({ id }) => {
    using client = openTokenClient(origin)
    await client.revoke(token, id)
  }
}

async function measureBoth(
  parts: RowParts,
  near: Sluice,
  far: Sluice,
  revokeElsewhere: Revoke,
): Promise<Measured> {
  using here = openTokenClient(near.origin)
  using there = openTokenClient(far.origin)
  const readings = await interleave(
    {
      same: () => overTokens(here, near, (minted) => letInAfterwards(here, minted, revokeAt(near)), sum),
      other: () => overTokens(there, near, (minted) => lastGoodMs(there, minted, revokeElsewhere), Math.max),
    },
    parts,
  )
  const figure = (what: string, unit: Figure['unit'], values: number[], atMost: number): Figure => ({
    what,
    unit,
    ours: seriesOf(values),
    against: null,
    goal: { measure: 'value', atMost },
  })
  return {
    figures: [
      figure('same process: let in afterwards', '', readings.same, 0),
      figure('elsewhere: let in until', 'ms', readings.other, MAX_MS),
    ],
  }
}

async function overTokens(
  used: TokenClient,
  near: Sluice,
  measure: (minted: MintedToken) => Promise<number>,
  summarize: (...values: number[]) => number,
): Promise<number> {
  using minting = openTokenClient(near.origin)
  const values: number[] = []
  for (let n = 0; n < TOKENS; n++) {
    const minted = await minting.mint(near.token)
    if (!(await used.isGood(minted.token))) throw new Error('a fresh token is refused')
    values.push(await measure(minted))
  }
  return summarize(...values)
}

function sum(...values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

async function letInAfterwards(client: TokenClient, minted: MintedToken, revoke: Revoke): Promise<number> {
  await revoke(minted)
  let letIn = 0
  while (await client.isGood(minted.token)) letIn++
  return letIn
}

/** Milliseconds; 0 when none was let in any more. */
async function lastGoodMs(client: TokenClient, minted: MintedToken, revoke: Revoke): Promise<number> {
  let revokedAt = Infinity
  const revoking = revoke(minted).then(() => (revokedAt = performance.now()))
  let lastGoodAt = 0
  for (let askedAt = performance.now(); await client.isGood(minted.token); askedAt = performance.now())
    lastGoodAt = askedAt
  await revoking
  return Math.max(0, lastGoodAt - revokedAt)
}
