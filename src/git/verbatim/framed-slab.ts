/**
 * Fills a slab with packets of side-band 1 straight from a file: the file is read into the gaps between the packets'
 * headers, so that no byte of it is copied once more. @see preadv(2); gitprotocol-pack(5), "Packfile Data"
 */
import { HEADER_BYTES } from '../wire/pkt-line.ts'
import { BAND, MAX_BAND_BYTES } from '../wire/side-band.ts'

const WIDTH = MAX_BAND_BYTES['side-band-64k']
/** Length digits and the band. */
const HEAD_BYTES = HEADER_BYTES + 1

/** A file that is open for reading. */
export interface Source {
  readv(gaps: readonly Buffer[], position: number): Promise<{ readonly bytesRead: number }>
}

export interface Span {
  readonly position: number
  readonly bytes: number
}

/** Bytes of so much of a file with its headers. */
export function framedBytes(bytes: number): number {
  return bytes + Math.ceil(bytes / WIDTH) * HEAD_BYTES
}

/** How much of a file one slab takes: the whole of it, if that is less. */
export function fitting(slab: Buffer, rest: number): number {
  return Math.min(rest, Math.floor(slab.length / (HEAD_BYTES + WIDTH)) * WIDTH)
}

/**
 * @param span at most what is `fitting`
 * @returns the part of the slab that is filled
 * @throws Error when the file is shorter than it should be
 */
export async function fillFramed(slab: Buffer, file: Source, span: Span): Promise<Buffer> {
  const gaps: Buffer[] = []
  let at = 0
  for (let rest = span.bytes; rest > 0; rest -= WIDTH) {
    const bytes = Math.min(WIDTH, rest)
    slab.write((HEAD_BYTES + bytes).toString(16).padStart(HEADER_BYTES, '0'), at, 'latin1')
    slab[at + HEADER_BYTES] = BAND.data
    gaps.push(slab.subarray(at + HEAD_BYTES, at + HEAD_BYTES + bytes))
    at += HEAD_BYTES + bytes
  }
  await readWhole(file, gaps, span.position)
  return slab.subarray(0, at)
}

async function readWhole(file: Source, gaps: Buffer[], position: number): Promise<void> {
  let [rest, at] = [gaps, position]
  while (rest.length > 0) {
    const { bytesRead } = await file.readv(rest, at)
    if (bytesRead === 0) throw new Error('the file is shorter than it was')
    rest = without(rest, bytesRead)
    at += bytesRead
  }
}

function without(gaps: readonly Buffer[], bytes: number): Buffer[] {
  const rest = [...gaps]
  let filled = bytes
  for (let gap = rest[0]; gap !== undefined && filled >= gap.length; gap = rest[0]) {
    filled -= gap.length
    rest.shift()
  }
  const [gap, ...others] = rest
  return gap === undefined ? [] : [gap.subarray(filled), ...others]
}
