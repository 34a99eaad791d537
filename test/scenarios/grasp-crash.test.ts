/** The server is killed under pushes of what is signed: what was accepted is not lost, and what was served stays so. */
import { expect, test } from 'vitest'
import { pushThroughKills } from '../support/crash-proof/signed-pushes.ts'
import { freePort } from '../support/free-port.ts'
import { openHost } from '../support/host.ts'
import type { Step } from '../support/steps.ts'

/** Before anything is stored, while it is, when refs have moved, and before what follows from that. */
const STEPS: readonly Step[] = [
  'after receive',
  'before commit',
  'halfway commit',
  'after commit',
  'after syncRefs',
  'after complete',
]

test('through a kill at each step, no event in purgatory, no released event and no ref is lost', async () => {
  const port = String(await freePort())
  const settings = { SLUICE_GRASP: 'on', SLUICE_GRASP_SYNC: 'off', SERVER_PORT: port }
  await using host = await openHost({ settings })
  const verdict = await pushThroughKills({
    url: host.server.url,
    actor: host.owner,
    kills: STEPS.length,
    doom: async (round) => {
      const { server } = host
      await server.arm({ step: STEPS[round] ?? 'after complete', what: 'power cut' })
      return async () => void (await server.ended)
    },
    start: async () => void (await host.start()),
  })
  expect(verdict).toEqual({ kills: STEPS.length, lost: [], withdrawn: [], strayed: [] })
}, 120_000)
