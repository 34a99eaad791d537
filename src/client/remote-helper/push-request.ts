/**
 * What `git send-pack --stateless-rpc` wants to be sent: its packets carry the request, up to a flush.
 * The pack begins behind the ref updates and the push options.
 *
 * @see git-send-pack(1); gitprotocol-pack(5), "Reference Update Request and Packfile Transfer"
 */
import { HelperError } from '../credential-helper/helper-error.ts'
import type { ByteInput } from './byte-input.ts'
import { isFlush, packetSize, textOf } from './packets.ts'
import type { Spool } from './spool.ts'

export interface PushRequest {
  /** Of the pack alone; 0 when all updates are deletions. */
  readonly packBytes: number
}

const HEADER_BYTES = 4

/**
 * @param into gets the whole request
 * @returns `null` when there is nothing to send
 */
export async function readPushRequest(sender: ByteInput, into: Spool): Promise<PushRequest | null> {
  const front = new PushFront()
  for (let packet = await sender.packet(); packet !== null; packet = await sender.packet()) {
    if (isFlush(packet)) return into.bytes === 0 ? null : { packBytes: into.bytes - front.bytes }
    const part = packet.subarray(HEADER_BYTES)
    front.pass(part)
    await into.write(Buffer.from(part)) // a view would keep all that was read with it
  }
  if (into.bytes > 0) throw new HelperError('git send-pack ended in the middle of the push')
  return null
}

/** Finds where the pack begins. */
class PushFront {
  /** Seen so far; all of it once the pack begins. */
  bytes = 0
  #held: Buffer = Buffer.alloc(0)
  #list: 'updates' | 'options' | 'pack' = 'updates'
  #hasOptions = false

  pass(part: Buffer): void {
    if (this.#isComplete) return
    this.#held = Buffer.concat([this.#held, part])
    while (!this.#isComplete) {
      const size = packetSize(this.#held)
      if (size === null || size > this.#held.length) return
      this.#take(this.#held.subarray(0, size))
    }
  }

  get #isComplete(): boolean {
    return this.#list === 'pack'
  }

  #take(packet: Buffer): void {
    this.bytes += packet.length
    this.#held = this.#held.subarray(packet.length)
    if (isFlush(packet)) this.#list = this.#list === 'updates' && this.#hasOptions ? 'options' : 'pack'
    else if (this.#list === 'updates') this.#hasOptions ||= OPTIONS_FOLLOW.test(textOf(packet))
  }
}

/** In the capabilities, which stand behind the first update. */
const OPTIONS_FOLLOW = /\0(?:.* )?push-options(?: |$)/
