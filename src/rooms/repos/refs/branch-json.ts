/** A branch as the REST API shows it. */
import { z } from 'zod'
import { isoTime } from '../../../http/git-json.ts'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import type { Oid } from '../../../kernel/ids.ts'
import type { Repository } from '../../../kernel/repository.ts'

export const BranchJson = z
  .object({
    name: z.string(),
    headCommit: z.string(),
    isDefault: z.boolean(),
    protected: z.boolean().meta({ description: 'a rule says who may move it' }),
    updatedAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'committer time of its head; `null` when that cannot be read' }),
  })
  .meta({
    example: {
      name: 'main',
      headCommit: '9fceb02d0ae598e95dc970b74767f19372d61af8',
      isDefault: true,
      protected: false,
      updatedAt: '2026-01-31T12:00:00.000Z',
    },
  })

/** Tells of each branch of a repository whether a rule holds it. */
export type ProtectionsOf = (repo: Repository) => Promise<(branch: string) => boolean>

/** All that is known of a branch without opening an object. */
export interface BranchFacts {
  readonly name: string
  readonly headCommit: Oid
  readonly isDefault: boolean
  readonly protected: boolean
}

export async function toBranchJson(
  objects: Pick<StoredObjects, 'commit'>,
  repo: Repository,
  facts: BranchFacts,
): Promise<z.output<typeof BranchJson>> {
  const head = await objects.commit(repo, facts.headCommit)
  return { ...facts, updatedAt: head && isoTime(head.committer.seconds) }
}
