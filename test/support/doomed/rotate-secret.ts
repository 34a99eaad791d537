/** Replaces the secret of a data directory, and stands still at the step that it is told. Prints it then. */
import { newId } from '../../../src/kernel/uuid.ts'
import { openDatabase, type Database } from '../../../src/store/database.ts'
import { EventLog } from '../../../src/store/log/events.ts'
import { rotateSecret } from '../../../src/store/secrets/rotate-secret.ts'
import { overlay } from '../between.ts'

const [, , wanted = '', dataDir = '', url = '', path = ''] = process.argv
const database = await openDatabase({ url: url === '' ? null : url, path })
const events = new EventLog({ database, clock: Date, newId })

async function meet(step: string): Promise<void> {
  if (step !== wanted) return
  setInterval(() => {}, 1_000) // nothing else keeps it alive
  process.stdout.write(`${step}\n`)
  await new Promise(() => {})
}

const transaction: Database['transaction'] = async (work) => {
  await meet('written aside')
  const result = await database.transaction(work)
  await meet('committed')
  return result
}
const append: EventLog['append'] = async (trx, appended) => {
  await events.append(trx, appended)
  await meet('sealed')
}

await rotateSecret({
  database: overlay(database, { transaction }),
  events: overlay(events, { append }),
  dataDir,
  configured: null,
})
