/** A tag as the REST API shows it. */
import { z } from 'zod'
import type { Tag } from '../../../git/objects/commit.ts'
import type { StoredObjects } from '../../../git/objects/stored-objects.ts'
import type { RepoHandle } from '../../../kernel/repository.ts'
import { isoTime } from '../../../http/git-json.ts'
import type { NamedRef } from './page-of-refs.ts'

export const TagJson = z
  .object({
    name: z.string(),
    target: z.string().meta({ description: 'what the ref points at: a tag object when it is annotated' }),
    peeled: z.string().meta({ description: 'what it stands for in the end, as a rule a commit' }),
    message: z.string().nullable().meta({ description: '`null` when it is not annotated' }),
    tagger: z
      .object({ name: z.string(), email: z.string(), timestamp: z.iso.datetime() })
      .nullable()
      .meta({ description: '`null` when it is not annotated' }),
  })
  .meta({
    example: {
      name: 'v1.0',
      target: '5b1d3c5a7e8f90123456789abcdef0123456789a',
      peeled: '9fceb02d0ae598e95dc970b74767f19372d61af8',
      message: 'first release\n',
      tagger: { name: 'Ada', email: 'ada@example.org', timestamp: '2026-01-31T12:00:00.000Z' },
    },
  })

type TagJson = z.output<typeof TagJson>

/** A tag object that cannot be read shows like none. */
export async function toTagJson(
  objects: Pick<StoredObjects, 'tag'>,
  repo: RepoHandle,
  { short, oid, peeled }: Pick<NamedRef, 'short' | 'oid' | 'peeled'>,
): Promise<TagJson> {
  const tag = peeled === null ? null : await objects.tag(repo, oid)
  return {
    name: short,
    target: oid,
    peeled: peeled ?? oid,
    message: tag && tag.message,
    tagger: tag && taggerOf(tag),
  }
}

function taggerOf({ tagger }: Tag): TagJson['tagger'] {
  if (tagger === null) return null
  return { name: tagger.name, email: tagger.email, timestamp: isoTime(tagger.seconds) }
}
