/** A repository whose pushes are scanned, and secrets to push: made here, because forges refuse whole ones in files. */
import { randomBytes } from 'node:crypto'
import type { Actor, GitRun } from './actor.ts'
import { Stage } from './rest.ts'
import type { World } from './world.ts'

export const PREFIX = ['gl', 'pat-'].join('')
export const RULE = 'gitlab-token'

/** A token of a forge that nobody has ever given out. */
export function fakeToken(): string {
  return `${PREFIX}${randomBytes(15).toString('hex')}`
}

export interface Scanned {
  readonly server: Stage
  readonly id: string
  /** Of the repository on the server. */
  readonly gitDir: string
  readonly url: string
  /** In the REST API. */
  readonly at: string
  /** Owns it; its work tree is a clone with one commit, which is pushed. */
  readonly owner: Actor
  /** The scan is off while this runs. */
  unscanned(work: () => Promise<unknown>): Promise<void>
  set(settings?: object): Promise<void>
  push(...refs: string[]): Promise<GitRun>
  /** Fingerprints that the pusher was told. */
  fingerprintsIn(run: GitRun): string[]
}

export async function scanned(w: World, opts: { readonly objectFormat?: string } = {}): Promise<Scanned> {
  const server = new Stage(w)
  const { id } = await server.create('owner', { name: 'r', ...opts })
  const owner = await w.actor('owner', { accountId: server.accountOf('owner') })
  const url = `${w.url}/${server.org}/r.git`
  const at = `/repos/${server.org}/r`
  const set = async (settings: object = {}) => {
    const answer = await server.ask('owner', 'PUT', `${at}/scan`, { enabled: true, ...settings })
    if (answer.status !== 200) throw new Error(answer.text)
  }
  await owner.start(url, opts)
  await owner.commit('README', 'nothing to see\n')
  await owner.ok('push', '-q', 'origin', 'main')
  await set()
  return {
    server,
    id,
    gitDir: w.sluice.pathOf(id),
    url,
    at,
    owner,
    set,
    unscanned: async (work) => {
      await set({ enabled: false })
      await work()
      await set()
    },
    push: (...refs) => owner.git('push', 'origin', ...(refs.length > 0 ? refs : ['main'])),
    fingerprintsIn: ({ output }) =>
      [...output.matchAll(/fingerprint ([0-9a-f]{32})/g)].map(([, f]) => f ?? ''),
  }
}
