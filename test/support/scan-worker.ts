/** The worker of the scanner for tests. */
import { buildOnce } from './build-once.ts'

/** @returns path of the built worker */
export const scanWorkerScript = buildOnce('scanner/scan-worker.ts')
