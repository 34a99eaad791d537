/** Tells the pusher how far the scan of a large push is. */

const MIB = 1024 * 1024
/** Less is done before anybody wonders. */
const LARGE_BYTES = 32 * MIB

/**
 * @param tell takes one line
 * @returns told of bytes that were scanned since the last call; a line for every tenth of all
 */
export function scanProgress(tell: (line: string) => void, totalBytes: number): (bytes: number) => void {
  let scanned = 0
  let nextLine = totalBytes < LARGE_BYTES ? Infinity : 0
  return (bytes) => {
    scanned += bytes
    if (scanned < nextLine) return
    nextLine = scanned + totalBytes / 10
    tell(`scanning ${mebibytes(scanned)}/${mebibytes(totalBytes)} MiB\n`)
  }
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / MIB)
}
