/** The head of a bundle: what it says before its pack begins. @see gitformat-bundle(5) */
import { open, type FileHandle } from 'node:fs/promises'
import { isOid, isRefName, type Oid, type RefName } from '../../kernel/ids.ts'

export interface BundledRef {
  readonly name: RefName
  readonly oid: Oid
}

const SIGNATURE = /^# v[23] git bundle$/
const CHUNK_BYTES = 64 * 1024
/** Of more refs than are ever put into one. */
const MAX_BYTES = 8 * 1024 * 1024

/**
 * Refs of a bundle that is on disk, HEAD left out.
 *
 * @returns `null`: there is no such file, or it is no bundle that is complete in itself
 */
export async function readBundledRefs(path: string): Promise<readonly BundledRef[] | null> {
  let file: FileHandle
  try {
    file = await open(path)
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw err
  }
  await using bundle = file
  const head = await readHead(bundle)
  return head === null ? null : parseHead(head)
}

/** Down to the empty line; `null`: there is none. */
async function readHead(file: FileHandle): Promise<string | null> {
  let head = Buffer.alloc(0)
  while (head.length < MAX_BYTES) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, head.length)
    if (bytesRead === 0) return null
    const end = head.length - 1
    head = Buffer.concat([head, buffer.subarray(0, bytesRead)])
    const emptyLine = head.indexOf('\n\n', Math.max(0, end))
    if (emptyLine >= 0) return head.toString('utf8', 0, emptyLine)
  }
  return null
}

/** One with prerequisites, or with words that only a later git knows, is none of ours. */
function parseHead(head: string): readonly BundledRef[] | null {
  const [signature = '', ...lines] = head.split('\n')
  if (!SIGNATURE.test(signature)) return null
  const refs: BundledRef[] = []
  for (const line of lines.filter((each) => !each.startsWith('@object-format='))) {
    const [oid = '', name = ''] = splitOnce(line)
    if (name === 'HEAD') continue
    if (!isOid(oid) || !isRefName(name)) return null
    refs.push({ name, oid })
  }
  return refs
}

function splitOnce(line: string): [string, string] {
  const space = line.indexOf(' ')
  return [line.slice(0, Math.max(0, space)), line.slice(space + 1)]
}
