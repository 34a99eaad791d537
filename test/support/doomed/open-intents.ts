/** Opens intents without end and prints the id of each one that is said to be on disk. */
import type { RepoId } from '../../../src/kernel/ids.ts'
import { newId } from '../../../src/kernel/uuid.ts'
import { openDatabase, type DatabaseAddress } from '../../../src/store/database.ts'
import { EventLog } from '../../../src/store/log/events.ts'
import { Intents } from '../../../src/store/intents.ts'

const [, , address = '', repo = ''] = process.argv
const repoId = repo as RepoId
const database = await openDatabase(JSON.parse(address) as DatabaseAddress)
const clock = { now: Date.now }
const events = new EventLog({ database, clock, newId })
const intents = new Intents({ database, events, clock, instance: 'doomed', run: 'its only one' })
for (;;) {
  const id = newId()
  const data = { pushId: id, via: 'git', refs: [], pushOptions: [] } as const
  const event = { type: 'push', repoId, orgId: null, projectId: null, actorId: null, agentId: null, data }
  await intents.open({ id, repoId, state: 'decided', quarantine: 'incoming-1', event })
  process.stdout.write(`${id}\n`)
}
