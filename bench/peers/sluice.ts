/** Our server as an operator runs it: built, on a data directory of its own, authentication on. */
import { cp, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repoPath } from '../../src/git/storage.ts'
import { parseRepoId } from '../../src/kernel/ids.ts'
import { git } from '../git.ts'
import { openCpuMeter } from '../measure/cpu-meter.ts'
import { openHttpClient, type HttpClient } from '../measure/http.ts'
import { prepareLoopWatch } from '../measure/loop-delay.ts'
import { profilerFlags } from '../profile/profiler-flags.ts'
import type { GitServer, HostedRepository } from './git-server.ts'
import { startProcess } from './start-process.ts'

export interface Sluice extends GitServer {
  /** Of the server; the launcher and every git are below it. */
  readonly pid: number
  /** From the start of the process to its first answer. */
  readonly startMs: number
  /** Of the administrator. */
  readonly token: string
  /** Directory of all git data, that of pushes under way included. */
  readonly repositories: string
  /** One value of `/metrics`. @throws Error when there is none of that name */
  readMetric(name: string): Promise<number>
}

const START_MS = 30_000
const ORG = 'bench'
/** As high as they go: requests are counted, as they are in earnest, and never refused. */
const UNREACHED = '1000000'

/** What `npm start` gives node, so that what is measured is what is run. */
async function startFlags(root: string): Promise<string[]> {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  return scripts.start.split(' ').filter((word) => word.startsWith('--'))
}

/**
 * @param root checkout that was built
 * @param data data directory; its first start prints the token that `headers` and `host` need
 * @param more settings besides those of every row
 * @param opts `token`: the administrator's, where another server on the same database was told it;
 *   `watchesLoop`: whether it tells at its end how late its event loop was, which costs it some memory
 * @throws Error with what the server printed when it does not start
 */
export async function startSluice(
  root: string,
  data: string,
  more: Readonly<Record<string, string>> = {},
  { token: known, watchesLoop = true }: { token?: string; watchesLoop?: boolean } = {},
): Promise<Sluice> {
  await mkdir(data, { recursive: true })
  const cpu = openCpuMeter()
  const begin = performance.now()
  const loop = watchesLoop ? prepareLoopWatch(root, data) : null
  const flags = [...(await startFlags(root)), ...profilerFlags(), ...(loop?.flags ?? [])]
  const command = [process.execPath, ...flags, join(root, 'dist', 'main.js')]
  const server = startProcess(command, cpu, { cwd: data, env: { ...settings(data), ...loop?.env, ...more } })
  const stop = async () => {
    await server[Symbol.asyncDispose]()
    await cpu[Symbol.asyncDispose]()
    loop?.tell()
  }
  try {
    const origin = await server.waitForOutput(findOrigin, START_MS)
    const client = openHttpClient(origin)
    await client.send({ method: 'GET', path: '/health/live', headers: {} })
    const startMs = performance.now() - begin
    const token = known ?? (await server.waitForOutput((output) => findToken(output) ?? '', START_MS))
    loop?.begin(server.pid)
    return asSluice(
      { client, origin, token, repositories: repositoriesOf(data) },
      { cpu, pid: server.pid, startMs, stop },
    )
  } catch (err) {
    await stop()
    throw err
  }
}

function asSluice(
  at: HostingAt,
  running: Pick<Sluice, 'cpu' | 'pid' | 'startMs'> & { stop: () => Promise<void> },
): Sluice {
  const { stop, ...measured } = running
  return {
    ...measured,
    name: 'Sluice',
    origin: at.origin,
    headers: bearer(at.token),
    token: at.token,
    repositories: at.repositories,
    readMetric: (name) => readMetric(at.client, name),
    host: (name, source) => host(at, name, source),
    async [Symbol.asyncDispose]() {
      at.client[Symbol.dispose]()
      await stop()
    },
  }
}

function settings(data: string): Record<string, string> {
  return {
    SERVER_PORT: '0',
    SLUICE_DATA_DIR: data,
    GIT_STORAGE_ROOT: repositoriesOf(data),
    SLUICE_RATE_READS_PER_MINUTE: UNREACHED,
    SLUICE_RATE_WRITES_PER_MINUTE: UNREACHED,
    SLUICE_RATE_PUSHES_PER_MINUTE: UNREACHED,
    SLUICE_RATE_TOKENS_PER_MINUTE: UNREACHED,
  }
}

function repositoriesOf(data: string): string {
  return join(data, 'repositories')
}

function findOrigin(output: string): string | null {
  return /serves on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1] ?? null
}

/** On a line of its own, at the first start of a data directory. */
function findToken(output: string): string | null {
  return /^slc_admin_\w+$/m.exec(output)?.[0] ?? null
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

interface HostingAt {
  readonly client: HttpClient
  readonly origin: string
  readonly token: string
  readonly repositories: string
}

/** Made by the API; then the files of the source are laid into it, as a restore from a backup would. */
async function host(at: HostingAt, name: string, source: string | null): Promise<HostedRepository> {
  const defaultBranch = source === null ? 'main' : await headOf(source)
  const answer = await at.client.send({
    method: 'POST',
    path: '/repos',
    headers: { ...bearer(at.token), 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ orgId: ORG, name, defaultBranch })),
  })
  const { id } = JSON.parse(answer.toString('utf8')) as { id: string }
  const directory = repoPath(at.repositories, parseRepoId(id))
  if (source !== null) {
    for (const part of ['objects', 'refs', 'packed-refs']) {
      await cp(join(source, part), join(directory, part), { recursive: true })
    }
  }
  const path = `/${ORG}/${name}.git`
  await checkLocked(at, path)
  const cloneUrl = at.origin.replace('://', `://x-token:${at.token}@`) + path
  return { path, cloneUrl, directory }
}

/** The tables say that authentication is on. @throws Error when it is not */
async function checkLocked({ client }: HostingAt, path: string): Promise<void> {
  const service = 'info/refs?service=git-upload-pack'
  const anonymous = client.send({ method: 'GET', path: `${path}/${service}`, headers: {} })
  const refused = await anonymous.then(
    () => false,
    (err: unknown) => err instanceof Error && err.message.includes(': 401 '),
  )
  if (!refused) throw new Error(`${path} can be read without a token`)
}

async function headOf(repository: string): Promise<string> {
  const { stdout } = await git(['symbolic-ref', '--short', 'HEAD'], { cwd: repository })
  return stdout.trim()
}

async function readMetric(client: HttpClient, name: string): Promise<number> {
  const text = (await client.send({ method: 'GET', path: '/metrics', headers: {} })).toString('utf8')
  const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]
  if (value === undefined) throw new Error(`/metrics has no ${name}`)
  return Number(value)
}
