/** Entry of a worker thread: verifies the events that it is sent. Started by the pool alone. */
import { parentPort, workerData } from 'node:worker_threads'
import { isGenuine, type VerifySchnorr } from './genuine.ts'
import type { FromWorker, ToWorker, WorkerData } from './messages.ts'

const port = parentPort
if (port === null) throw new Error('the worker that verifies is started as a thread of the server')

const { curve } = workerData as WorkerData
const { verifySchnorr } = (await import(curve)) as { verifySchnorr: VerifySchnorr }

port.on('message', ({ batch, claims }: ToWorker) => {
  const genuine = claims.map((claim) => isGenuine(claim, verifySchnorr))
  port.postMessage({ batch, genuine } satisfies FromWorker)
})
