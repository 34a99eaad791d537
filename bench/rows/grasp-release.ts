/** Whether an event is served when the push that brings its git data has been answered, and what that costs. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Actor } from '../../test/support/actor.ts'
import { Signer } from '../../test/support/grasp.ts'
import { RelayConnection } from '../../test/support/relay-connection.ts'
import type { Figure } from '../figure.ts'
import { seriesOf } from '../measure/series.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import type { Row, RowParts } from '../row.ts'

const PUSHES_PER_ROUND = 15
const IDENTIFIER = 'released'
/** Each state is newer than the one before by a second, and none is of the future. */
const MOST_PUSHES = 10_000

interface Round {
  readonly pushMs: number
  readonly askMs: number
  readonly late: number
}

export const graspRelease: Row = {
  name: 'grasp-release',
  title: 'From a push to the event that declares it',
  method: `A maintainer declares a commit and pushes it with stock git, ${PUSHES_PER_ROUND} times a round; as soon as \`git push\` has ended the relay is asked for the state. Counted are answers without it; shown is how long the push and that question took.`,
  async measure(parts) {
    const settings = { SLUICE_GRASP: 'on', SLUICE_GRASP_SYNC: 'off' }
    await using sluice = await startSluice(parts.root, join(parts.scratch, 'data'), settings)
    await using maintainer = await openMaintainer(parts, sluice)
    await maintainer.round() // nothing is warm before
    const rounds: Round[] = []
    for (let n = 0; n < parts.rounds; n++) rounds.push(await maintainer.round())
    const shown = (what: string, value: (round: Round) => number): Figure => {
      return { what, unit: 'ms', ours: seriesOf(rounds.map(value)), against: null, goal: null }
    }
    const late: Figure = {
      what: 'states not served when git push has ended',
      unit: '',
      ours: seriesOf([rounds.reduce((sum, round) => sum + round.late, 0)]),
      against: null,
      goal: { measure: 'value', atMost: 0 },
    }
    return {
      figures: [late, shown('git push', (r) => r.pushMs), shown('question and answer', (r) => r.askMs)],
    }
  },
}

interface Maintainer extends AsyncDisposable {
  round(): Promise<Round>
}

async function openMaintainer({ scratch }: RowParts, { origin }: Sluice): Promise<Maintainer> {
  const dir = join(scratch, 'maintainer')
  await mkdir(dir, { recursive: true })
  const actor = new Actor({ name: 'maintainer', accountId: '', token: null, dir })
  const signer = new Signer('maintainer')
  const relayUrl = origin.replace('http', 'ws')
  const relay = await RelayConnection.open(relayUrl)
  const url = `${origin}/${signer.npub}/${IDENTIFIER}.git`
  const tags = [
    ['d', IDENTIFIER],
    ['clone', url],
    ['relays', relayUrl],
  ]
  await relay.publish(signer.sign({ kind: 30_617, tags }))
  await actor.start(url)
  let pushes = 0
  const push = async () => {
    const head = await actor.commit('count', `${++pushes}\n`)
    const refs = [
      ['d', IDENTIFIER],
      ['refs/heads/main', head],
    ]
    const state = signer.sign({ kind: 30_618, tags: refs, age: MOST_PUSHES - pushes })
    await relay.publish(state)
    const begin = performance.now()
    await actor.ok('push', '-q', 'origin', 'main')
    const pushed = performance.now()
    const served = await relay.req({ ids: [state.id] })
    return { pushMs: pushed - begin, askMs: performance.now() - pushed, isLate: served.length === 0 }
  }
  return {
    round: async () => {
      const all = []
      for (let n = 0; n < PUSHES_PER_ROUND; n++) all.push(await push())
      return {
        pushMs: seriesOf(all.map(({ pushMs }) => pushMs)).median,
        askMs: seriesOf(all.map(({ askMs }) => askMs)).median,
        late: all.filter(({ isLate }) => isLate).length,
      }
    },
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  }
}
