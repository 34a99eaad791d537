/** What a crowd of callers in one client costs the server. */
import { CredentialCache } from '../../src/client/credential-cache.ts'
import { exchangeWith } from '../../src/client/exchange-with.ts'
import type { Figure } from '../figure.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import type { Row } from '../row.ts'

const CALLERS = 1_000

interface Reading {
  readonly exchanges: number
  readonly ms: number
}

export const tokensParallel: Row = {
  name: 'tokens-parallel',
  title: 'A crowd that wants one token',
  method: `${CALLERS.toLocaleString('en')} callers at once ask a fresh \`CredentialCache\` for the token of one repository and one action; counted are the requests that leave the client, timed until the last caller has his token.`,
  async measure(parts) {
    await using sluice = await startSluice(parts.root, parts.scratch)
    const { path } = await sluice.host('crowded', null)
    const { crowd } = await interleave({ crowd: () => askAtOnce(sluice, sluice.origin + path) }, parts)
    const figure = (what: string, unit: Figure['unit'], of: (reading: Reading) => number): Figure => ({
      what,
      unit,
      ours: seriesOf(crowd.map(of)),
      against: null,
      goal: unit === '' ? { measure: 'value', atMost: 1 } : null,
    })
    return {
      figures: [
        figure('exchanges', '', ({ exchanges }) => exchanges),
        figure('until everybody has it', 'ms', ({ ms }) => ms),
      ],
    }
  },
}

/** @throws Error when two callers got different tokens */
async function askAtOnce(sluice: Sluice, audience: string): Promise<Reading> {
  let exchanges = 0
  const counting: typeof fetch = (...request) => {
    exchanges++
    return fetch(...request)
  }
  const server = { server: sluice.origin, subjectToken: () => sluice.token }
  const cache = new CredentialCache({ exchange: exchangeWith({ ...server, fetch: counting }) })
  const begin = performance.now()
  const calls = Array.from({ length: CALLERS }, () => cache.token(audience, 'repo:pull'))
  const tokens = new Set(await Promise.all(calls))
  if (tokens.size !== 1) throw new Error(`${tokens.size} different tokens`)
  return { exchanges, ms: performance.now() - begin }
}
