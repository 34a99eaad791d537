/** The secret scan of the server in this process, asked about packs as the door asks it: without HTTP and refs. */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { openGit } from '../../src/compose/git.ts'
import { openRecords } from '../../src/compose/records.ts'
import { openScan } from '../../src/compose/scan.ts'
import { loadConfig } from '../../src/config/load.ts'
import { isRefName, parseOid, type RepoId } from '../../src/kernel/ids.ts'
import type { QuarantinedPush } from '../../src/kernel/policy.ts'
import { ANONYMOUS } from '../../src/kernel/principal.ts'
import type { Repository } from '../../src/kernel/repository.ts'

export interface ScanPolicy extends AsyncDisposable {
  /** A push of this pack into an empty repository. @returns milliseconds of the scan alone */
  scan(pack: Buffer, tip: string): Promise<number>
}

const QUIET = { error: () => {}, warn: () => {}, info: () => {} }
const MAIN = 'refs/heads/main'

export async function openScanPolicy(root: string, data: string): Promise<ScanPolicy> {
  const config = loadConfig({ SLUICE_DATA_DIR: data })
  const clock = { now: () => Date.now() }
  const records = await openRecords(config, {
    clock,
    pathOf: (id) => `${data}/${id}`,
    run: 'bench',
    log: QUIET,
  })
  const launcherScript = `${root}/dist/launcher-process.js`
  const git = await openGit(config, { launcherScript, run: 'bench', version: 'bench', log: QUIET })
  const scan = await openScan(config, { records, clock, workerScript: `${root}/dist/scan-worker.js` })
  return {
    async scan(pack, tip) {
      const repo = gate(`${config.gitStorageRoot}/bench/${randomUUID()}`)
      await git.storage.create(repo)
      await using quarantine = git.store.openQuarantine(repo)
      await quarantine.receive(Readable.from([pack]), { announcedBytes: pack.length })
      const push = pushOf(repo, tip, quarantine)
      const begin = performance.now()
      const refusals = await scan.policy.onObjects?.(push)
      const took = performance.now() - begin
      if (refusals === undefined || refusals.length > 0)
        throw new Error('the scan refused what holds no secret')
      return took
    },
    async [Symbol.asyncDispose]() {
      await scan[Symbol.asyncDispose]()
      await git[Symbol.asyncDispose]()
      await records[Symbol.asyncDispose]()
    },
  }
}

/** Of all repositories, gates are scanned unless somebody says otherwise. */
function gate(path: string) {
  const id = randomUUID() as RepoId
  return { id, path, objectFormat: 'sha1', defaultBranch: 'main', kind: 'gate' } as Repository
}

function pushOf(repo: Repository, tip: string, objects: QuarantinedPush['objects']): QuarantinedPush {
  if (!isRefName(MAIN)) throw new Error(MAIN)
  const update = { ref: MAIN, oldOid: parseOid('0'.repeat(40)), newOid: parseOid(tip) }
  const said = { principal: ANONYMOUS, options: [], progress: () => {} }
  const told = { ...said, pause: <T>(wait: () => Promise<T>) => wait() }
  const signal = new AbortController().signal
  return { repo, updates: [update], objects, signal, ...told } as unknown as QuarantinedPush
}
