/** What it costs a request to say who is asking: one route with a credential, and without one. */
import type { Figure } from '../figure.ts'
import { openHttpClient } from '../measure/http.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import { startLoginIssuer, type LoginIssuer } from '../peers/login-issuer.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import { openRestClient, type RestClient } from '../requests/rest-client.ts'
import { openTokenClient } from '../requests/token-client.ts'
import type { Row, RowParts } from '../row.ts'

type Fields = Readonly<Record<string, string>>

const AT_ONCE = 8
const REQUESTS = 1_600
/** Short turns, and many: what else the machine does falls on both sides. */
const TURNS_A_ROUND = 8
const WARM_UP_REQUESTS = 12_000
const MIN_RATIO = 0.9
const ORG = 'bench'
const NAME = 'open'

export const tokensRoute: Row = {
  name: 'tokens-route',
  title: 'A request with a token',
  method: `\`GET /repos/${ORG}/${NAME}\`, a public repository, answered from memory: the cheapest route that may be called with a credential and without. ${AT_ONCE} clients over kept connections, each sending its next request when the answer to its last one is there; the server shares two cores with them. With a credential it is verified, its caller's role looked up and the request counted against him, not against the address.`,
  async measure(parts) {
    await using logins = await startLoginIssuer()
    const settings = { SLUICE_ISSUERS: JSON.stringify([logins.entry]) }
    await using sluice = await startSluice(parts.root, parts.scratch, settings)
    await makePublic(sluice)
    const credentials = await credentialsOf(sluice, logins)
    const figures: Figure[] = []
    for (const [what, headers] of Object.entries(credentials)) {
      parts.progress(what)
      figures.push(...(await compare(parts, sluice, { what, headers })))
    }
    return { figures }
  },
}

async function credentialsOf(sluice: Sluice, logins: LoginIssuer): Promise<Record<string, Fields>> {
  using client = openTokenClient(sluice.origin)
  const own = await client.exchange(sluice.token, `${sluice.origin}/${ORG}/${NAME}`)
  return {
    'opaque token': sluice.headers,
    'signed by this server, ES256': { authorization: `Bearer ${own}` },
    "another issuer's login, RS256": { authorization: `Bearer ${await logins.login('bench')}` },
  }
}

async function makePublic({ origin, headers }: Sluice): Promise<void> {
  using client = openHttpClient(origin)
  await client.send({
    method: 'POST',
    path: '/repos',
    headers: { ...headers, 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ orgId: ORG, name: NAME, visibility: 'public' })),
  })
}

interface Speed {
  readonly perSecond: number
  readonly cpuMs: number
}

async function compare(
  parts: RowParts,
  { origin, cpu }: Sluice,
  { what, headers }: { what: string; headers: Fields },
): Promise<Figure[]> {
  using known = openClients(origin, headers)
  using unknown = openClients(origin, {})
  await askOften(known, WARM_UP_REQUESTS)
  await askOften(unknown, WARM_UP_REQUESTS)
  const speedOf = async (clients: Clients): Promise<Speed> => {
    const cpuBefore = cpu.readMs()
    const begin = performance.now()
    await askOften(clients, REQUESTS)
    const seconds = (performance.now() - begin) / 1000
    return { perSecond: REQUESTS / seconds, cpuMs: (cpu.readMs() - cpuBefore) / REQUESTS }
  }
  const speed = await interleave(
    { known: () => speedOf(known), unknown: () => speedOf(unknown) },
    { rounds: parts.rounds * TURNS_A_ROUND, progress: () => {} },
  )
  const figure = (of: (speed: Speed) => number) => ({
    ours: seriesOf(speed.known.map(of)),
    against: { name: 'without a credential', series: seriesOf(speed.unknown.map(of)) },
  })
  return [
    {
      what: `${what}: requests a second`,
      unit: '/s',
      ...figure((at) => at.perSecond),
      goal: { measure: 'ratio', atLeast: MIN_RATIO },
    },
    { what: `${what}: CPU a request`, unit: 'ms', ...figure((at) => at.cpuMs), goal: null },
  ]
}

interface Clients extends Disposable {
  readonly all: readonly RestClient[]
}

function openClients(origin: string, headers: Fields): Clients {
  const all = Array.from({ length: AT_ONCE }, () =>
    openRestClient({ origin, headers }, { path: `/${ORG}/${NAME}` }),
  )
  return { all, [Symbol.dispose]: () => all.forEach((client) => client[Symbol.dispose]()) }
}

async function askOften({ all }: Clients, requests: number): Promise<void> {
  const askInTurn = async (client: RestClient) => {
    for (let left = requests / all.length; left > 0; left--) await client.get('')
  }
  await Promise.all(all.map(askInTurn))
}
