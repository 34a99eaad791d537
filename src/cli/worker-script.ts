/** The program of the scanner's threads; built beside the command. */
import { fileURLToPath } from 'node:url'

export const SCAN_WORKER_SCRIPT = fileURLToPath(new URL('./scan-worker.js', import.meta.url))
