/** The commonest reads of the REST API, beside a server that starts a git for each. */
import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { interleave } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import type { GitServer, HostedRepository } from '../peers/git-server.ts'
import { startGitPerRequest } from '../peers/git-per-request.ts'
import { startSluice } from '../peers/sluice.ts'
import { openRestClient, parseAnswer, type RestClient } from '../requests/rest-client.ts'
import type { Row, RowParts } from '../row.ts'

interface Question {
  readonly what: string
  readonly path: string
  /** What of the answer both servers must agree on. */
  readonly says: (answer: Buffer) => unknown
}

const AT_ONCE = 8
const REQUESTS = { ours: 4_000, peer: 240 } as const
const WARM_UP_REQUESTS = 8_000
const MIN_RATIO = 20
const QUESTIONS: readonly Question[] = [
  {
    what: 'tree, 25 entries',
    path: '/tree/main/src/part-0',
    says: (answer) =>
      parseAnswer<TreeEntry[]>(answer)
        .map(({ name, sha, size }) => `${name} ${sha} ${size}`)
        .toSorted(),
  },
  {
    what: 'blob, 3 KiB',
    path: '/blob/main/src/part-0/file-0.txt',
    says: (answer) => parseAnswer<{ content: string }>(answer).content,
  },
  {
    what: 'list of 50 commits',
    path: '/commits?ref=main&limit=50',
    says: (answer) => parseAnswer<{ sha: string }[]>(answer).map(({ sha }) => sha),
  },
  {
    what: 'diff of a commit',
    path: '/commits/main/diff',
    says: (answer) =>
      parseAnswer<FilePatch[]>(answer).map(({ path, patch }) => `${path} ${patch?.replace(/^[^@]*/, '')}`),
  },
]

interface FilePatch {
  readonly path: string
  readonly patch: string | null
}

interface TreeEntry {
  readonly name: string
  readonly sha: string
  readonly size: number | null
}

interface Speed {
  readonly perSecond: number
  readonly cpuMs: number
}

/** One server, and the connections to it. */
interface Asked {
  readonly server: Pick<GitServer, 'name' | 'cpu'>
  readonly clients: readonly RestClient[]
}

export const reads: Row = {
  name: 'reads',
  title: 'Reading by REST',
  method: `A repository of 2,000 commits and 400 files, asked by ${AT_ONCE} clients over kept connections, each sending its next request when the answer to its last one is there; requests a second of the whole server, which shares two cores with the clients of this process. Warm: the same question again and again, answered in full each time. The other server is a small one of Node without authentication that answers each request with one git: \`ls-tree -l\`, \`cat-file\`, \`log -50\`, \`diff-tree --patch\`. Both must say the same.`,
  async measure(parts) {
    const source = await parts.inputs.pushed()
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'))
    await using peer = await startGitPerRequest(parts.root, parts.scratch, source)
    using ours = openClients(sluice, await sluice.host('reads', source))
    using theirs = openClients(peer, peer.hosted)
    const figures: Figure[] = []
    for (const question of QUESTIONS) {
      parts.progress(question.what)
      figures.push(...(await compare(parts, question, ours, theirs)))
    }
    return { figures }
  },
}

function openClients(
  server: Pick<GitServer, 'name' | 'cpu' | 'origin' | 'headers'>,
  hosted: Pick<HostedRepository, 'path'>,
): Asked & Disposable {
  const clients = Array.from({ length: AT_ONCE }, () => openRestClient(server, hosted))
  return {
    server,
    clients,
    [Symbol.dispose]: () => clients.forEach((client) => client[Symbol.dispose]()),
  }
}

async function compare(parts: RowParts, question: Question, ours: Asked, theirs: Asked): Promise<Figure[]> {
  const { what, path } = question
  await checkAgreement(question, ours, theirs)
  await askOften(ours, path, WARM_UP_REQUESTS)
  const speed = await interleave(
    {
      ours: () => speedOf(ours, path, REQUESTS.ours),
      peer: () => speedOf(theirs, path, REQUESTS.peer),
    },
    parts,
  )
  const figure = (of: (speed: Speed) => number) => ({
    ours: seriesOf(speed.ours.map(of)),
    against: { name: theirs.server.name, series: seriesOf(speed.peer.map(of)) },
  })
  return [
    {
      what: `${what}: requests a second`,
      unit: '/s',
      ...figure((at) => at.perSecond),
      goal: { measure: 'ratio', atLeast: MIN_RATIO },
    },
    {
      what: `${what}: CPU a request`,
      unit: 'ms',
      ...figure((at) => at.cpuMs),
      goal: { measure: 'gain', atLeast: MIN_RATIO },
    },
  ]
}

/** @throws Error when one of them says something else */
async function checkAgreement({ path, says }: Question, ours: Asked, theirs: Asked): Promise<void> {
  const answers = [ours, theirs].map(async ({ clients }) =>
    says((await clients[0]?.get(path)) ?? Buffer.alloc(0)),
  )
  const [one, other] = (await Promise.all(answers)).map((answer) => JSON.stringify(answer))
  if (one !== other) throw new Error(`the servers disagree about ${path}`)
}

async function speedOf(asked: Asked, path: string, requests: number): Promise<Speed> {
  const { cpu } = asked.server
  const cpuBefore = cpu.readMs()
  const begin = performance.now()
  await askOften(asked, path, requests)
  const seconds = (performance.now() - begin) / 1000
  return { perSecond: requests / seconds, cpuMs: (cpu.readMs() - cpuBefore) / requests }
}

async function askOften({ clients }: Asked, path: string, requests: number): Promise<void> {
  const askInTurn = async (client: RestClient) => {
    for (let left = requests / clients.length; left > 0; left--) await client.get(path)
  }
  await Promise.all(clients.map(askInTurn))
}
