/** What is lost, invented or told out of order when the server is killed again and again while refs move. */
import { join } from 'node:path'
import { repoPath } from '../../src/git/storage.ts'
import { newId } from '../../src/kernel/uuid.ts'
import { parseRepoId } from '../../src/kernel/ids.ts'
import { openDatabase } from '../../src/store/database.ts'
import { EventLog } from '../../src/store/log/events.ts'
import type { MovedRepository } from '../../test/support/crash-proof/mover.ts'
import { listenToHook } from '../../test/support/crash-proof/hook-listener.ts'
import { runCrashProof, type CrashVerdict } from '../../test/support/crash-proof/run-crash-proof.ts'
import type { Told } from '../../test/support/crash-proof/verdict.ts'
import { openReceiver } from '../../test/support/receiver.ts'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { openHttpClient } from '../measure/http.ts'
import { seriesOf } from '../measure/series.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import type { Row, RowParts } from '../row.ts'

const MOVERS = 8
const CHANGES_EACH = 125
const KILLS = 50
const REPOSITORIES = 4
const MAX_EVENTS = 100_000
const ORG = 'crash'

export const eventsCrash: Row = {
  name: 'events-crash',
  title: 'Events through kills of the server',
  method: `${MOVERS} clients ask for ${MOVERS * CHANGES_EACH} changes of ${REPOSITORIES} repositories that they share: pushes of one branch or three, forced ones, deletions, commits, tags and merges by REST. Meanwhile the server is killed (SIGKILL) ${KILLS} times at random moments and started again. Then every ref change that was acknowledged must be in the log, at a client of the stream that resumes, and at a webhook; each once when repeated ids are dropped, in the order of its repository; and the events of each ref must follow from one another and end at its value on disk.`,
  async measure(parts) {
    const verdict = await prove(parts)
    const figure = (what: string, value: number): Figure => ({
      what,
      unit: '',
      ours: seriesOf([value]),
      against: null,
      goal: { measure: 'value', atMost: 0 },
    })
    const { stream, hook } = verdict
    return {
      figures: [
        figure('missing in the log', verdict.missing),
        figure('missing at the stream', stream.missing.length),
        figure('missing at the webhook', hook?.missing.length ?? NaN),
        figure('invented', [verdict, stream, hook ?? stream].flatMap((of) => of.invented).length),
        figure('repositories out of order', [stream, hook ?? stream].flatMap((of) => of.disordered).length),
      ],
      note: `${verdict.acknowledged} changes were acknowledged, ${verdict.told} pushes told, ${verdict.recovered} of them by the start after a kill, through ${verdict.kills} kills.`,
    }
  },
}

async function prove(parts: RowParts): Promise<CrashVerdict> {
  const data = join(parts.scratch, 'data')
  const settings = { SLUICE_OUTBOUND_ALLOW: '127.0.0.1' }
  await using receiver = await openReceiver()
  let sluice = await startSluice(parts.root, data, settings)
  const { token, headers, repositories: root } = sluice
  try {
    const repositories: MovedRepository[] = []
    for (let n = 0; n < REPOSITORIES; n++) {
      const { id } = await post<{ id: string }>(sluice, '/repos', { orgId: ORG, name: `moved-${n}` })
      repositories.push({ id, path: `${ORG}/moved-${n}` })
    }
    await post(sluice, `/orgs/${ORG}/hooks`, { url: receiver.url, eventTypes: ['push'] })
    return await runCrashProof({
      server: {
        url: () => sluice.origin,
        kill: async () => {
          process.kill(sluice.pid, 'SIGKILL')
          await sluice[Symbol.asyncDispose]()
        },
        start: async () => {
          sluice = await startSluice(parts.root, data, settings, { token })
        },
      },
      headers,
      repositories,
      movers: MOVERS,
      changesEach: CHANGES_EACH,
      kills: KILLS,
      seed: 1,
      log: () => pushesIn(join(data, 'sluice.db')),
      refsOf: (id) => refsIn(repoPath(root, parseRepoId(id))),
      hook: listenToHook(receiver),
    })
  } finally {
    await sluice[Symbol.asyncDispose]()
  }
}

async function pushesIn(path: string): Promise<readonly Told[]> {
  await using database = await openDatabase({ url: null, path })
  const events = await new EventLog({ database, clock: Date, newId }).since(0, MAX_EVENTS)
  return events.filter(({ type }) => type === 'push') as unknown as Told[]
}

async function refsIn(repository: string): Promise<Map<string, string>> {
  const { stdout } = await git(['for-each-ref', '--format=%(refname) %(objectname)'], { cwd: repository })
  const lines = stdout.split('\n').filter((line) => line !== '')
  return new Map(lines.map((line) => line.split(' ') as [string, string]))
}

async function post<T>({ origin, headers }: Sluice, path: string, fields: object): Promise<T> {
  using client = openHttpClient(origin)
  const body = Buffer.from(JSON.stringify(fields))
  const type = { 'content-type': 'application/json' }
  const answer = await client.send({ method: 'POST', path, headers: { ...headers, ...type }, body })
  return JSON.parse(answer.toString('utf8')) as T
}
