/** What a server in this process starts beside itself, built from source. */
import type { Programs } from '../../src/compose/programs.ts'
import { launcherScript } from './launcher.ts'
import { scanWorkerScript } from './scan-worker.ts'
import { verifyWorkerScript } from './verify-worker.ts'

export async function programs(): Promise<Programs> {
  const [launcher, scanWorker, verifyWorker] = await Promise.all([
    launcherScript(),
    scanWorkerScript(),
    verifyWorkerScript(),
  ])
  return { launcher, scanWorker, verifyWorker }
}
