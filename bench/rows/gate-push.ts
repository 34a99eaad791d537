/** What a gate adds to a push that goes to its upstream anyway. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openHttpsUpstream } from '../../test/support/https-upstream.ts'
import { openSshd } from '../../test/support/sshd.ts'
import type { Figure } from '../figure.ts'
import { git } from '../git.ts'
import { interleave } from '../measure/interleave.ts'
import { medianOf, seriesOf } from '../measure/series.ts'
import { startSluice, type Sluice } from '../peers/sluice.ts'
import type { Row, RowParts } from '../row.ts'

const PUSHES_PER_ROUND = 15
const MAX_ADDED_MS = 30
const GIVEN = { message: 'commit\n', file: 'file.txt' }

/** A forge on loopback, as the server and as git itself reach it. */
interface Forge extends AsyncDisposable {
  readonly name: 'https' | 'ssh'
  /** An empty repository. @returns its URL */
  create(path: string): Promise<string>
  /** What git is told to reach it straight. */
  readonly config: readonly string[]
  /** What the gate is told besides the URL. */
  readonly declaration: object
}

export const gatePush: Row = {
  name: 'gate-push',
  title: 'A push through a gate',
  method: `Time of \`git push\` of one commit, from its start to its end, each round the median of ${PUSHES_PER_ROUND} pushes: through a gate, which asks its upstream what is there, scans, forwards and records, and straight to the same forge on loopback, with the same client. The forge is git's own http-backend behind TLS, or a real sshd.`,
  async measure(parts) {
    const settings = { SLUICE_GATE_ALLOW_PRIVATE: '1' }
    await using sluice = await startSluice(parts.root, `${parts.scratch}/data`, settings)
    const figures: Figure[] = []
    for (const open of [httpsForge, sshForge]) {
      await using forge = await open(parts.scratch)
      figures.push(await measureForge(parts, sluice, forge))
    }
    return { figures }
  },
}

async function measureForge(parts: RowParts, sluice: Sluice, forge: Forge): Promise<Figure> {
  const gated = await openGate(sluice, forge)
  const straight = await forge.create('bench/straight')
  const sides = {
    ours: await pushes(join(parts.scratch, `gated-${forge.name}`), gated, []),
    straight: await pushes(join(parts.scratch, `straight-${forge.name}`), straight, forge.config),
  }
  const ms = await interleave(sides, parts)
  return {
    what: `push over ${forge.name}`,
    unit: 'ms',
    ours: seriesOf(ms.ours),
    against: { name: 'git push straight to the upstream', series: seriesOf(ms.straight) },
    goal: { measure: 'growth', atMost: MAX_ADDED_MS },
  }
}

/** @returns what git is told to push to */
async function openGate(sluice: Sluice, forge: Forge): Promise<string> {
  const name = `gate-${forge.name}`
  const { cloneUrl } = await sluice.host(name, null)
  const url = await forge.create(`bench/${name}`)
  const answer = await fetch(`${sluice.origin}/repos/bench/${name}/upstream`, {
    method: 'PUT',
    headers: { ...sluice.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ url, ...forge.declaration }),
  })
  if (!answer.ok) throw new Error(`PUT upstream: ${answer.status} ${await answer.text()}`)
  return cloneUrl
}

/** A work tree of its own; the first push makes the branch. */
async function pushes(
  dir: string,
  url: string,
  config: readonly string[],
): Promise<(round: number) => Promise<number>> {
  await git(['init', '-q', '-b', 'main', dir])
  const push = ['push', '-q', url, 'main']
  const settings = config.flatMap((line) => ['-c', line])
  await commit(dir, 'first')
  await git([...settings, ...push], { cwd: dir })
  return async (round) => {
    const times: number[] = []
    for (let at = 0; at < PUSHES_PER_ROUND; at++) {
      await commit(dir, `${round} ${at}`)
      const begin = performance.now()
      await git([...settings, ...push], { cwd: dir })
      times.push(performance.now() - begin)
    }
    return medianOf(times)
  }
}

async function commit(dir: string, content: string): Promise<void> {
  await writeFile(join(dir, GIVEN.file), `${content}\n`)
  await git(['add', GIVEN.file], { cwd: dir })
  await git(['commit', '-q', '-m', GIVEN.message], { cwd: dir })
}

async function httpsForge(scratch: string): Promise<Forge> {
  const forge = await openHttpsUpstream()
  const ca = join(scratch, 'ca.pem')
  await writeFile(ca, forge.ca)
  const { username, password: token } = forge
  const basic = Buffer.from(`${username}:${token}`).toString('base64')
  return {
    name: 'https',
    create: (path) => forge.create(path),
    config: [`http.sslCAInfo=${ca}`, `http.extraHeader=Authorization: Basic ${basic}`],
    declaration: { key: { provider: 'token', username, token }, ca: forge.ca },
    [Symbol.asyncDispose]: () => forge[Symbol.asyncDispose](),
  }
}

async function sshForge(scratch: string): Promise<Forge> {
  const forge = await openSshd()
  const [key, hosts] = [join(scratch, 'key'), join(scratch, 'known-hosts')]
  await writeFile(key, forge.key.privateKey, { mode: 0o600 })
  await writeFile(hosts, `[127.0.0.1]:${forge.port} ${forge.hostKey}\n`)
  const options = ['BatchMode=yes', 'IdentitiesOnly=yes', `UserKnownHostsFile=${hosts}`].map((o) => `-o ${o}`)
  return {
    name: 'ssh',
    create: (path) => forge.create(path),
    config: [`core.sshCommand=ssh -F none -i ${key} ${options.join(' ')}`],
    declaration: {
      key: { provider: 'static', privateKey: forge.key.privateKey },
      hostKey: forge.hostKey,
    },
    [Symbol.asyncDispose]: () => forge[Symbol.asyncDispose](),
  }
}
