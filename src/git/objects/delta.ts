/** Rebuilds an object from its delta base. @see gitformat-pack(5), "Deltified representation" */

/** @throws Error when the delta is damaged, does not fit its base, or makes more than `maxBytes` */
export function applyDelta(base: Buffer, delta: Buffer, maxBytes: number): Buffer {
  const baseSize = takeSize(delta, 0)
  const resultSize = takeSize(delta, baseSize.next)
  if (baseSize.value !== base.length) throw new Error('delta of another base')
  if (resultSize.value > maxBytes) throw new Error('delta makes too large an object')
  const result = Buffer.alloc(resultSize.value)
  let written = 0
  let at = resultSize.next
  while (at < delta.length) {
    const step = takeInstruction(delta, at)
    const source = step.from === 'base' ? base : delta
    if (step.end > source.length || written + step.end - step.start > result.length) throw damaged()
    written += source.copy(result, written, step.start, step.end)
    at = step.next
  }
  if (written !== result.length) throw damaged()
  return result
}

interface Instruction {
  readonly from: 'base' | 'delta'
  readonly start: number
  readonly end: number
  readonly next: number
}

function takeInstruction(delta: Buffer, at: number): Instruction {
  const op = byteAt(delta, at)
  if (op === 0) throw damaged()
  if ((op & 0x80) === 0) return { from: 'delta', start: at + 1, end: at + 1 + op, next: at + 1 + op }
  const offset = takeSparse(delta, at + 1, op & 0x0f)
  const size = takeSparse(delta, offset.next, (op >> 4) & 0x07)
  const end = offset.value + (size.value === 0 ? 0x10000 : size.value)
  return { from: 'base', start: offset.value, end, next: size.next }
}

/** Little-endian number of which only the bytes named in `present` are stored; the others are zero. */
function takeSparse(delta: Buffer, at: number, present: number): { value: number; next: number } {
  let value = 0
  let next = at
  for (let i = 0; present >> i; i++) if ((present >> i) & 1) value += byteAt(delta, next++) * 2 ** (8 * i)
  return { value, next }
}

/** Seven bits a byte, least significant first. */
function takeSize(delta: Buffer, at: number): { value: number; next: number } {
  let value = 0
  let next = at
  for (let scale = 1; ; scale *= 128) {
    const byte = byteAt(delta, next++)
    value += (byte & 0x7f) * scale
    if ((byte & 0x80) === 0) return { value, next }
  }
}

function byteAt(delta: Buffer, at: number): number {
  const byte = delta[at]
  if (byte === undefined) throw damaged()
  return byte
}

function damaged(): Error {
  return new Error('damaged delta')
}
