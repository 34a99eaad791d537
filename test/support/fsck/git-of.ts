/** A git of either version, in a repository of its own, with packs of our making. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HashedObject } from '../../../src/git/quarantine/hashed-object.ts'
import { buildPack } from '../../../src/git/quarantine/own-pack.ts'
import type { ObjectFormat } from '../../../src/kernel/ids.ts'
import { runGit, type GitRun } from '../actor.ts'
import { stored } from './stored.ts'

export interface Scratch extends AsyncDisposable {
  /** As a pack with its index; nobody looks at them. */
  add(objects: readonly HashedObject[]): Promise<void>
  run(args: readonly string[], input?: Buffer): Promise<GitRun>
}

/** @param directory where git lies; `null`: that of `PATH` */
export async function openScratch(format: ObjectFormat, directory: string | null): Promise<Scratch> {
  const repository = await mkdtemp(join(tmpdir(), 'sluice-fsck-'))
  const path = [directory ?? [], process.env['PATH'] ?? ''].flat().join(':')
  const run = (args: readonly string[], input?: Buffer) =>
    runGit(args, {
      cwd: repository,
      env: { PATH: path, GIT_CONFIG_GLOBAL: '/dev/null', GIT_DIR: repository },
      ...(input ? { input } : {}),
    })
  await run(['init', '-q', '--bare', `--object-format=${format}`])
  return {
    add: async (objects) => {
      const { name, pack, index } = packOf(objects, format)
      await writeFile(join(repository, 'objects', 'pack', `pack-${name}.pack`), pack)
      await writeFile(join(repository, 'objects', 'pack', `pack-${name}.idx`), index)
    },
    run,
    [Symbol.asyncDispose]: () => rm(repository, { recursive: true, force: true }),
  }
}

/** @param objects each once */
export function packOf(objects: readonly HashedObject[], format: ObjectFormat): ReturnType<typeof buildPack> {
  const deflated = objects.map((object) => ({ object, deflated: stored(object.content) }))
  return buildPack(deflated, format)
}
