/** Revokes tokens as another process on the same database does, which tells the server nothing. */
import { join } from 'node:path'
import { newId } from '../../src/kernel/uuid.ts'
import { openDatabase } from '../../src/store/database.ts'
import { EventLog } from '../../src/store/log/events.ts'
import { OpaqueTokens } from '../../src/store/opaque-tokens.ts'
import { Revocations } from '../../src/store/revocations.ts'

export interface OtherProcess extends AsyncDisposable {
  revoke(tokenId: string): Promise<void>
}

const NOBODY = { actorId: null, agentId: null }

/** @param data data directory of a server that runs, with its SQLite database in it */
export async function openPastTheServer(data: string): Promise<OtherProcess> {
  const database = await openDatabase({ url: null, path: join(data, 'sluice.db') })
  const events = new EventLog({ database, clock: Date, newId })
  const revocations = new Revocations({ database, clock: Date })
  const tokens = new OpaqueTokens({ database, events, revocations, clock: Date })
  return {
    revoke: async (tokenId) => {
      await tokens.revoke(tokenId, NOBODY, null)
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}
