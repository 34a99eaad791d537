/** Inputs are made once and kept, because making them takes longer than measuring with them. */
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

export interface InputPlace {
  readonly directory: string
  readonly name: string
  readonly progress: (text: string) => void
}

/** Made beside its place and then moved there, so that an interrupted run leaves no half of one. */
export async function keepInput(
  { directory, name, progress }: InputPlace,
  make: (draft: string) => Promise<void>,
): Promise<string> {
  const place = join(directory, `${name}.git`)
  if (existsSync(place)) return place
  progress(`making the input ${name} (once)`)
  const draft = join(directory, `draft-${name}.git`)
  await rm(draft, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  await make(draft)
  await rename(draft, place)
  return place
}
