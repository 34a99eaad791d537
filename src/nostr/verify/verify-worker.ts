/** Entry of a worker thread: verifies the events that it is sent. Started by the pool alone. */
import { parentPort } from 'node:worker_threads'

parentPort?.on('message', () => {})
