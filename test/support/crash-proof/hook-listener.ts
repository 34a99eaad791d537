/** A webhook of an organisation, and all that it was told, twice or not. */
import type { Receiver } from '../receiver.ts'
import type { Told } from './verdict.ts'

export interface HookListener {
  readonly heard: () => readonly Told[]
  /** Resolves when it was told of this event. */
  hears(id: string): Promise<void>
}

export function listenToHook(receiver: Receiver): HookListener {
  const heard: Told[] = []
  return {
    heard: () => heard,
    hears: async (id) => {
      while (!heard.some((event) => event.id === id)) heard.push(toldBy((await receiver.next()).body))
    },
  }
}

function toldBy(body: string): Told {
  const { data } = JSON.parse(body) as { data: Told['data'] & { eventId: string; repoId: string } }
  return { id: data.eventId, repoId: data.repoId, data }
}
