/**
 * What is known of a pack that holds exactly what a full clone gets, and the file beside the repository that says
 * so. A pack never changes and is named after its checksum, so this stays true of it whatever refs do later.
 */
import { createHash } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import type { Oid } from '../../kernel/ids.ts'

export interface ClonePack {
  /** `pack-<checksum>`, in objects/pack. */
  readonly name: string
  readonly bytes: number
  readonly objects: number
  /** What refs showed when it was looked at; all of it is in the pack. */
  readonly tips: ReadonlySet<Oid>
  /** Whoever wants all of these wants every commit of the pack. */
  readonly required: readonly Oid[]
  /** Annotated tags: they have to be wanted, too, unless they come along as `include-tag` has it. */
  readonly tags: readonly Oid[]
  /** Digest of refs/tags then; see tags-digest.ts. */
  readonly tagsDigest: string
}

/** In front of the checksum; another one is not read. */
const VERSION = '1'

/** Path of the file, in a repository. */
export function clonePackPath({ path }: { readonly path: string }): string {
  return `${path}/clone-pack`
}

/** In place of the one before; whole, or not there. Nothing is lost with it, so nobody waits for the disk. */
export async function writeClonePack(repo: { readonly path: string }, pack: ClonePack): Promise<void> {
  const text = JSON.stringify({ ...pack, tips: [...pack.tips] })
  const path = clonePackPath(repo)
  await writeFile(`${path}.new`, `${headOf(text)}\n${text}`)
  await rename(`${path}.new`, path)
}

/** `null`: there is none, or it is damaged, as a loss of power leaves it. */
export async function readClonePack(repo: { readonly path: string }): Promise<ClonePack | null> {
  const content = await readFile(clonePackPath(repo), 'utf8').catch(() => '')
  const end = content.indexOf('\n')
  const text = content.slice(end + 1)
  if (end < 0 || content.slice(0, end) !== headOf(text)) return null
  const stored = JSON.parse(text) as Omit<ClonePack, 'tips'> & { readonly tips: readonly Oid[] }
  return { ...stored, tips: new Set(stored.tips) }
}

function headOf(text: string): string {
  return `${VERSION} ${createHash('sha256').update(text).digest('hex')}`
}
