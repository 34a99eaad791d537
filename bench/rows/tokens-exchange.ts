/** What it costs to get a narrower token for a token. */
import type { Figure } from '../figure.ts'
import { interleave } from '../measure/interleave.ts'
import { latencyOf, type Latency } from '../measure/latency.ts'
import { seriesOf } from '../measure/series.ts'
import { startLoginIssuer } from '../peers/login-issuer.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { openTokenClient, type TokenClient } from '../requests/token-client.ts'
import type { Row } from '../row.ts'

const EXCHANGES = 500
const WARM_UP_EXCHANGES = 3_000
const MAX_P50_MS = 1

interface Reading extends Latency {
  readonly cpuMs: number
}

export const tokensExchange: Row = {
  name: 'tokens-exchange',
  title: 'A token for a token',
  method: `\`POST /oauth/token\`, token exchange for one private repository, by one client on a kept connection, one after the other: from the first byte of the request to the last one of the answer. Each time the subject's standing and role are read, and a token is signed and can be used at once. Subject tokens are an opaque token and one that an exchange gave, both known to the server.`,
  async measure(parts) {
    await using logins = await startLoginIssuer()
    const settings = { SLUICE_ISSUERS: JSON.stringify([logins.entry]) }
    await using sluice = await startSluice(parts.root, parts.scratch, settings)
    const { path } = await sluice.host('exchanged', null)
    const audience = sluice.origin + path
    using client = openTokenClient(sluice.origin)
    const opaque = sluice.token
    const signed = await client.exchange(opaque, audience)
    await latencyOf(WARM_UP_EXCHANGES, () => client.exchange(signed, audience))
    const readings = await interleave(
      {
        opaque: () => read(sluice, client, opaque, audience),
        signed: () => read(sluice, client, signed, audience),
      },
      parts,
    )
    return {
      figures: [
        ...figuresOf('opaque subject token', readings.opaque),
        ...figuresOf('signed subject token', readings.signed),
      ],
    }
  },
}

async function read(
  { cpu }: Sluice,
  client: TokenClient,
  subjectToken: string,
  audience: string,
): Promise<Reading> {
  const cpuBefore = cpu.readMs()
  const latency = await latencyOf(EXCHANGES, () => client.exchange(subjectToken, audience))
  return { ...latency, cpuMs: (cpu.readMs() - cpuBefore) / EXCHANGES }
}

function figuresOf(what: string, readings: readonly Reading[]): Figure[] {
  const figure = (name: string, of: (reading: Reading) => number, goal: Figure['goal']): Figure => ({
    what: `${what}: ${name}`,
    unit: 'ms',
    ours: seriesOf(readings.map(of)),
    against: null,
    goal,
  })
  return [
    figure('p50', ({ p50 }) => p50, { measure: 'value', atMost: MAX_P50_MS }),
    figure('p99', ({ p99 }) => p99, null),
    figure('CPU', ({ cpuMs }) => cpuMs, null),
  ]
}
