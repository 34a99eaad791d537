/** Stands between the door and its ports, so that a story can do something at a named step of a push. */
import { chmod, mkdir, readdir, rename, rm, stat, truncate } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Composition } from '../../src/compose.ts'
import { flatFiles, nameInRepository } from '../../src/git/quarantine/flat-pack.ts'
import { incomingDirectory } from '../../src/git/quarantine/incoming.ts'
import type { GitStore, IntentLog, Quarantine, RefTransaction } from '../../src/kernel/ports.ts'
import type { RefUpdate } from '../../src/kernel/ref-update.ts'
import type { RepoHandle } from '../../src/kernel/repository.ts'
import { overlay } from './between.ts'

/** In the order in which a push takes them; `decide` only where somebody has a last veto. */
export const PORT_CALLS = [
  'receive',
  'checkConnectivity',
  'describe',
  'sync',
  'prepare',
  'open',
  'decide',
  'migrate',
  'commit',
  'followHead',
  'syncRefs',
  'complete',
] as const
export type PortCall = (typeof PORT_CALLS)[number]

export type Step = `${'before' | 'after'} ${PortCall}` | 'halfway sync' | 'halfway migrate' | 'halfway commit'

/**
 * Called at every step; what it throws, the port throws.
 *
 * @param half at a `halfway` step: does on disk what git, or a loop, has done when it is cut there
 */
export type AtStep = (step: Step, half?: () => Promise<void>) => Promise<void>

export function stepping(at: AtStep): NonNullable<Composition['between']> {
  return ({ store, intents }) => ({ store: steppingStore(store, at), intents: steppingIntents(intents, at) })
}

async function around<T>(at: AtStep, call: PortCall, work: () => Promise<T>): Promise<T> {
  await at(`before ${call}`)
  const done = await work()
  await at(`after ${call}`)
  return done
}

/** Recovery opens quarantines by their name: it takes no steps there. */
function steppingStore(store: GitStore, at: AtStep): GitStore {
  return overlay(store, {
    openQuarantine: (repo) => steppingQuarantine(store.openQuarantine(repo), repo, at),
    followHead: (repo, created) => around(at, 'followHead', () => store.followHead(repo, created)),
    syncRefs: (repo, refs) => around(at, 'syncRefs', () => store.syncRefs(repo, refs)),
  })
}

function steppingIntents(intents: IntentLog, at: AtStep): IntentLog {
  return overlay(intents, {
    open: (intent) => around(at, 'open', () => intents.open(intent)),
    decide: (intent) => around(at, 'decide', () => intents.decide(intent)),
    complete: (done) => around(at, 'complete', () => intents.complete(done)),
  })
}

function steppingQuarantine(real: Quarantine, repo: RepoHandle, at: AtStep): Quarantine {
  return overlay(real, {
    receive: (pack, opts) => around(at, 'receive', () => real.receive(pack, opts)),
    checkConnectivity: (tips, olds) =>
      around(at, 'checkConnectivity', () => real.checkConnectivity(tips, olds)),
    describe: (updates) => around(at, 'describe', () => real.describe(updates)),
    sync: () =>
      around(at, 'sync', async () => {
        await at('halfway sync', () => writeHalf(repo, real))
        await real.sync()
      }),
    beginRefTransaction: (updates) => steppingRefs(real.beginRefTransaction(updates), { repo, updates, at }),
    migrate: () =>
      around(at, 'migrate', async () => {
        await at('halfway migrate', () => moveOneFile(repo, real.name))
        await real.migrate()
      }),
  })
}

interface RefSteps {
  readonly repo: RepoHandle
  readonly updates: readonly RefUpdate[]
  readonly at: AtStep
}

function steppingRefs(real: RefTransaction, { repo, updates, at }: RefSteps): RefTransaction {
  return overlay(real, {
    prepare: () => around(at, 'prepare', () => real.prepare()),
    commit: () =>
      around(at, 'commit', async () => {
        await at('halfway commit', () => moveOneRef(repo, updates))
        await real.commit()
      }),
  })
}

/** git moves refs one by one, each by renaming its lock file. */
async function moveOneRef(repo: RepoHandle, [first]: readonly RefUpdate[]): Promise<void> {
  const path = join(repo.path, first?.ref ?? '')
  await rename(`${path}.lock`, path)
}

/** Half of the pack of a small push, and nothing of its index. */
async function writeHalf(repo: RepoHandle, real: Quarantine): Promise<void> {
  await real.sync()
  const [pack, index] = await flatFiles(directoryOf(repo, real.name))
  if (pack === undefined || index === undefined) throw new Error('no small push')
  await rm(index)
  await chmod(pack, 0o644)
  await truncate(pack, (await stat(pack)).size >> 1)
}

/** A pack that has no index yet, or one loose object. */
async function moveOneFile(repo: RepoHandle, name: string | null): Promise<void> {
  const quarantine = directoryOf(repo, name)
  const [flat] = await flatFiles(quarantine)
  if (flat !== undefined) return await rename(flat, join(repo.path, 'objects/pack', nameInRepository(flat)))
  const files = await readdir(quarantine, { recursive: true })
  const first = files.find((file) => /\.pack$|^[0-9a-f]{2}\/[0-9a-f]+$/.test(file))
  if (first === undefined) throw new Error('nothing to migrate')
  const to = join(repo.path, 'objects', first)
  await mkdir(dirname(to), { recursive: true })
  await rename(join(quarantine, first), to)
}

function directoryOf(repo: RepoHandle, quarantine: string | null): string {
  return join(incomingDirectory(dirname(dirname(repo.path))), quarantine ?? '')
}
