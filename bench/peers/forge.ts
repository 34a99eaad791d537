/** A forge on loopback, as gates and stock git reach it: git's own http-backend behind TLS, or a real sshd. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openHttpsUpstream } from '../../test/support/https-upstream.ts'
import { openSshd } from '../../test/support/sshd.ts'
import type { Figure } from '../figure.ts'
import { interleave, type Side } from '../measure/interleave.ts'
import { seriesOf } from '../measure/series.ts'
import type { RowParts } from '../row.ts'
import type { HostedRepository } from './git-server.ts'
import type { Sluice } from './sluice.ts'

export interface Forge extends AsyncDisposable {
  readonly name: 'https' | 'ssh'
  /** An empty repository. @returns its URL */
  create(path: string): Promise<string>
  /** What git is told to reach it straight: `key=value`. */
  readonly config: readonly string[]
  /** What a gate is told besides the URL. */
  readonly declaration: object
}

/** What the server is told to let a gate reach a forge on loopback. */
export const GATE_SETTINGS = { SLUICE_GATE_ALLOW_PRIVATE: '1' }

/** For the files that stock git needs: below a scratch directory. */
export async function openHttpsForge(scratch: string): Promise<Forge> {
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

/** As `openHttpsForge`. */
export async function openSshForge(scratch: string): Promise<Forge> {
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

/** A new repository of the server that has one of the forge for its upstream. @throws Error when it is refused */
export async function openGate(
  sluice: Sluice,
  forge: Forge,
  { name, url }: { readonly name: string; readonly url: string },
): Promise<HostedRepository> {
  const gate = await sluice.host(name, null)
  const answer = await fetch(`${sluice.origin}/repos/bench/${name}/upstream`, {
    method: 'PUT',
    headers: { ...sluice.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ url, ...forge.declaration }),
  })
  if (!answer.ok) throw new Error(`PUT upstream: ${answer.status} ${await answer.text()}`)
  return gate
}

/** The same through a gate and straight to its upstream, in turns. */
export async function measureThroughGate(
  parts: RowParts,
  forge: Forge,
  command: 'push' | 'fetch',
  sides: { readonly ours: Side<number>; readonly straight: Side<number>; readonly maxAddedMs: number },
): Promise<Figure> {
  const { ours, straight, maxAddedMs } = sides
  const ms = await interleave({ ours, straight }, parts)
  const where = command === 'push' ? 'to' : 'from'
  return {
    what: `${command} over ${forge.name}`,
    unit: 'ms',
    ours: seriesOf(ms.ours),
    against: { name: `git ${command} straight ${where} the upstream`, series: seriesOf(ms.straight) },
    goal: { measure: 'growth', atMost: maxAddedMs },
  }
}
