/**
 * Connections over ssh that several git share: a master process of ssh holds each, in a session of its own, so
 * that ending one git ends no other's. It goes away when nobody has used it for a while.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../kernel/ports.ts'
import { namesIn } from '../names-in.ts'
import type { SshRemote } from './upstream-remote.ts'

/** Of a Unix socket's 108 bytes ssh needs 18 for a temporary name, the name itself takes 17. @see unix(7) */
const MAX_DIRECTORY_BYTES = 60
/** No connection is shared for longer: an upstream that has taken the key away must get to say so. */
const EPOCH_MS = 5 * 60_000
const END_WITHIN_MS = 1_000

/** @returns with a 0700 directory of its own; dispose to end what is connected */
export async function openSshMasters(clock: Clock): Promise<SshMasters> {
  const parent = Buffer.byteLength(tmpdir()) > MAX_DIRECTORY_BYTES ? '/tmp' : tmpdir()
  return new SshMasters(await mkdtemp(join(parent, 'sluice-ssh-')), clock)
}

export class SshMasters implements AsyncDisposable {
  readonly #directory: string
  readonly #clock: Clock
  readonly #key = randomBytes(32)

  /** Not for direct use: see `openSshMasters`. */
  constructor(directory: string, clock: Clock) {
    this.#directory = directory
    this.#clock = clock
  }

  /** Where the master of this connection listens, or will. Another key, host key or address is another one. */
  socketFor({ user, address, port, hostKey, privateKey, host }: SshRemote): string {
    const epoch = Math.floor(this.#clock.now() / EPOCH_MS)
    const facts = JSON.stringify([user, host, address, port, hostKey, privateKey, epoch])
    const name = createHmac('sha256', this.#key).update(facts).digest('hex').slice(0, 16)
    return join(this.#directory, name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const names = await namesIn(this.#directory)
    await Promise.all(names.map((name) => terminate(join(this.#directory, name))))
    await rm(this.#directory, { recursive: true, force: true })
  }
}

const HELLO = 0x00000001
const VERSION = 4
const TERMINATE = 0x10000005
const REQUEST_ID = 1

/** What `ssh -O exit` says. @see OpenSSH's PROTOCOL.mux, sections 1 and 6 */
function terminate(socketPath: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    socket.setTimeout(END_WITHIN_MS, () => socket.destroy())
    socket.on('error', () => {}) // no master any more; 'close' follows
    socket.on('close', () => resolve())
    socket.resume()
    socket.end(Buffer.concat([packet(HELLO, VERSION), packet(TERMINATE, REQUEST_ID)]))
  })
}

function packet(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * numbers.length)
  bytes.writeUInt32BE(4 * numbers.length)
  numbers.forEach((number, n) => bytes.writeUInt32BE(number, 4 + 4 * n))
  return bytes
}
