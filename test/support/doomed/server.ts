/** The whole server, which dies or finds the disk broken at the step of a push that it is told. */
import { compose } from '../../../src/compose.ts'
import { programsBeside } from '../../../src/compose/programs.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { welcome } from '../../../src/welcome.ts'
import { childrenOf } from '../processes.ts'
import { stepping, type Step } from '../steps.ts'

/** By message from the parent; answered with `armed`. */
export interface Mishap {
  readonly step: Step
  /** `SIGKILL` takes the server alone, `power cut` the launcher and every git with it. */
  readonly what: 'SIGKILL' | 'power cut' | 'ENOSPC' | 'EIO'
}

let armed: Mishap | null = null
process.on('message', (mishap: Mishap) => {
  armed = mishap
  process.send?.('armed')
})

const config = loadConfig(process.env)
const programs = programsBeside(import.meta.url)
const sluice = await compose({ config, programs, between: stepping(meet) })
await sluice.listen()
process.stdout.write(welcome({ url: sluice.url, adminToken: null, warnings: [] }))

async function meet(step: Step, half?: () => Promise<void>): Promise<void> {
  if (armed?.step !== step) return
  const { what } = armed
  armed = null
  await half?.()
  if (what === 'ENOSPC' || what === 'EIO')
    throw Object.assign(new Error(what), { code: what, syscall: 'write' })
  if (what === 'power cut') killBelow(process.pid)
  process.kill(process.pid, 'SIGKILL')
  await new Promise(() => {})
}

/** Parents are stopped first, or they would clean up after their children. */
function killBelow(pid: number): void {
  for (const child of childrenOf(pid)) {
    process.kill(child.pid, 'SIGSTOP')
    killBelow(child.pid)
    process.kill(child.pid, 'SIGKILL')
  }
}
