/** Entry of a worker thread: scans the pieces that it is sent. Started by the pool alone. */
import { parentPort, workerData } from 'node:worker_threads'
import { BatchScan } from './engine/batch-scan.ts'
import { compileRules, type CompiledRules } from './engine/compiled-rules.ts'
import type { FromWorker, ToWorker, WorkerData } from './pool/messages.ts'

const port = parentPort
if (port === null) throw new Error('the scan worker is started as a thread of the server')

const { ruleSets } = workerData as WorkerData
const compiled = new Map<string, CompiledRules>()
/** `null`: it failed, and what is still on its way is ignored. */
const scans = new Map<number, BatchScan | null>()

port.on('message', (message: ToWorker) => {
  if (message.kind === 'drop') scans.delete(message.scan)
  else answer(message)
})

function answer(message: Exclude<ToWorker, { kind: 'drop' }>): void {
  const { scan } = message
  try {
    const running = scanOf(scan, message.version)
    if (message.kind === 'end') {
      if (running !== null) say({ kind: 'found', scan, objects: running.end() })
      return
    }
    running?.write(Buffer.from(message.memory, 0, message.bytes))
  } catch (err) {
    scans.set(scan, null)
    say({ kind: 'failed', scan, message: err instanceof Error ? err.message : String(err) })
  }
  if (message.kind === 'piece') {
    const { memory, bytes } = message
    say({ kind: 'taken', scan, memory, bytes }, [memory])
  }
}

function scanOf(scan: number, version: string): BatchScan | null {
  let running = scans.get(scan)
  if (running === undefined) {
    running = new BatchScan(rulesOf(version))
    scans.set(scan, running)
  }
  return running
}

function rulesOf(version: string): CompiledRules {
  let rules = compiled.get(version)
  if (rules === undefined) {
    const ruleSet = ruleSets.find((set) => set.version === version)
    if (ruleSet === undefined) throw new Error('a rule set that the scan worker was not given')
    rules = compileRules(ruleSet)
    compiled.set(version, rules)
  }
  return rules
}

function say(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer)
}
