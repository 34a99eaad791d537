/** Nostr events as clients make them, signed fast; and a repository of a GRASP host that they are about. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { signSchnorr, xOnlyPointFromScalar } from 'tiny-secp256k1'
import { WebSocket, type RawData } from 'ws'
import { eventId, type NostrEvent } from '../../src/nostr/event.ts'
import { npubOf } from '../../src/nostr/npub.ts'
import { git } from '../git.ts'

export interface Signer {
  readonly pubkey: string
  readonly sign: (kind: number, tags: readonly (readonly string[])[], content?: string) => NostrEvent
}

export function newSigner(): Signer {
  const secret = randomBytes(32)
  const pubkey = Buffer.from(xOnlyPointFromScalar(secret)).toString('hex')
  const sign: Signer['sign'] = (kind, tags, content = '') => {
    const said = { pubkey, created_at: Math.floor(Date.now() / 1_000), kind, tags, content }
    const id = eventId(said)
    return { ...said, id, sig: Buffer.from(signSchnorr(Buffer.from(id, 'hex'), secret)).toString('hex') }
  }
  return { pubkey, sign }
}

/** One connection to a relay that sends, and waits until everything has been accepted. */
export async function openPublisher(origin: string) {
  const socket = new WebSocket(origin.replace('http', 'ws'))
  await once(socket, 'open')
  const publish = (events: readonly string[]) =>
    new Promise<void>((resolve, reject) => {
      let left = events.length
      const hear = (data: RawData) => {
        const [type, , accepted, why] = JSON.parse((data as Buffer).toString()) as unknown[]
        if (type !== 'OK') return
        if (accepted !== true) reject(new Error(String(why)))
        if (--left > 0) return
        socket.off('message', hear)
        resolve()
      }
      socket.on('message', hear)
      for (const event of events) socket.send(event)
    })
  return { publish, [Symbol.dispose]: () => socket.terminate() }
}

/** Announced, declared and pushed, so that it is served. @returns its address, as `a` tags hold it */
export async function hostSigned(origin: string, owner: Signer, scratch: string): Promise<string> {
  const [name, work] = ['bench', join(scratch, 'signed-work')]
  const url = `${origin}/${npubOf(owner.pubkey)}/${name}.git`
  await git(['init', '-q', '-b', 'main', work])
  await git(['commit', '-q', '--allow-empty', '-m', 'first'], { cwd: work })
  const tip = (await git(['rev-parse', 'HEAD'], { cwd: work })).stdout.trim()
  const named = [
    ['d', name],
    ['clone', url],
    ['relays', origin.replace('http', 'ws')],
  ]
  const state = [
    ['d', name],
    ['refs/heads/main', tip],
    ['HEAD', 'ref: refs/heads/main'],
  ]
  using publisher = await openPublisher(origin)
  for (const event of [owner.sign(30_617, named), owner.sign(30_618, state)])
    await publisher.publish([JSON.stringify(['EVENT', event])])
  await git(['push', '-q', url, 'main'], { cwd: work })
  return `30617:${owner.pubkey}:${name}`
}
