/** What of signed events and their refs is lost when the server is killed again and again under pushes. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Actor } from '../../test/support/actor.ts'
import { pushThroughKills } from '../../test/support/crash-proof/signed-pushes.ts'
import { Dice } from '../../test/support/dice.ts'
import type { Figure } from '../figure.ts'
import { seriesOf } from '../measure/series.ts'
import { freePort } from '../peers/ports.ts'
import { startSluice } from '../peers/sluice.ts'
import type { Row, RowParts } from '../row.ts'

const KILLS = 50
/** About as long as a push takes, with what follows from it. */
const LATEST_MS = 250

export const graspCrash: Row = {
  name: 'grasp-crash',
  title: 'Signed events through kills of the server',
  method: `A maintainer of two repositories declares one commit after the other and pushes it to one of them; the server is killed (SIGKILL) at a random moment within ${LATEST_MS} ms of the beginning of each of ${KILLS} pushes, and started again. Then the same push must pass without a new event, both repositories must have what is signed, and the events must be served, as must those of the announcements.`,
  async measure(parts) {
    const { lost, withdrawn, strayed } = await prove(parts)
    const figure = (what: string, found: readonly string[]): Figure => ({
      what,
      unit: '',
      ours: seriesOf([found.length]),
      against: null,
      goal: { measure: 'value', atMost: 0 },
    })
    return {
      figures: [
        figure('accepted and lost', lost),
        figure('released and withdrawn', withdrawn),
        figure('refs that are not what is signed', strayed),
      ],
    }
  },
}

async function prove({ root, scratch }: RowParts) {
  const data = join(scratch, 'data')
  const port = await freePort()
  const settings = { SLUICE_GRASP: 'on', SLUICE_GRASP_SYNC: 'off', SERVER_PORT: String(port) }
  const dir = join(scratch, 'maintainer')
  await mkdir(dir, { recursive: true })
  let sluice = await startSluice(root, data, settings)
  const { token } = sluice
  const dice = new Dice(1)
  const kill = async (afterMs: number) => {
    await delay(afterMs)
    process.kill(sluice.pid, 'SIGKILL')
    await sluice[Symbol.asyncDispose]()
  }
  try {
    return await pushThroughKills({
      url: sluice.origin,
      actor: new Actor({ name: 'maintainer', accountId: '', token: null, dir }),
      kills: KILLS,
      doom: () => {
        const dead = kill(dice.below(LATEST_MS))
        return Promise.resolve(() => dead)
      },
      start: async () => {
        sluice = await startSluice(root, data, settings, { token })
      },
    })
  } finally {
    await sluice[Symbol.asyncDispose]()
  }
}
