/** What the scanner is measured on, as `git cat-file --batch` writes it: the code of others, and a program. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const MAX_BYTES = 64 * 1024 * 1024
const SOURCE = /\.(?:[cm]?[jt]s|json|md|map|css|html)$/

/** Sources and documents of the packages that this checkout uses, each file a blob. */
export function sourceBatch(root: string): Buffer {
  const blobs: Buffer[] = []
  let bytes = 0
  const entries = readdirSync(join(root, 'node_modules'), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && SOURCE.test(entry.name))
  for (const path of files.map(({ parentPath, name }) => join(parentPath, name)).sort()) {
    const blob = blobOf(readFileSync(path))
    if (bytes + blob.length > MAX_BYTES) break
    bytes += blob.length
    blobs.push(blob)
  }
  return Buffer.concat(blobs)
}

/** The executable of Node.js itself. */
export function programBatch(): Buffer {
  return blobOf(readFileSync(process.execPath).subarray(0, MAX_BYTES))
}

function blobOf(content: Buffer): Buffer {
  const header = `${'0'.repeat(40)} blob ${String(content.length)}\n`
  return Buffer.concat([Buffer.from(header), content, Buffer.from('\n')])
}
