/** Conflicts as the REST API shows them, and as the answer to a merge that has some. */
import { z } from 'zod'
import type { Conflicts, Side } from '../../git/merging/conflicts.ts'

const SideJson = z.object({
  sha: z.string(),
  mode: z.string(),
  content: z.string().optional(),
  encoding: z.enum(['utf-8', 'base64']).optional(),
  truncated: z
    .literal(true)
    .optional()
    .meta({ description: 'over 64 KiB, or too much came before it: `content` is left out' }),
})

export const ConflictsJson = z
  .object({
    hasConflicts: z.boolean(),
    truncated: z.literal(true).optional().meta({ description: 'there are more: only the first are told' }),
    conflictingFiles: z.array(z.string()),
    conflicts: z.array(
      z.object({
        path: z.string().meta({ description: 'empty where the histories have nothing in common' }),
        kind: z.string().meta({ description: '`content`, `modify/delete`, `add/add`, `submodule`, …' }),
        base: SideJson.nullable(),
        ours: SideJson.nullable().meta({ description: 'of the target' }),
        theirs: SideJson.nullable().meta({ description: 'of the source' }),
        merged: SideJson.nullable().meta({ description: 'with conflict markers' }),
      }),
    ),
  })
  .meta({
    id: 'Conflicts',
    example: {
      hasConflicts: true,
      conflictingFiles: ['engine.txt'],
      conflicts: [
        {
          path: 'engine.txt',
          kind: 'content',
          base: side('8b137891791fe96927ad78e64b0aad7bded08bdc', 'thrust 1\n'),
          ours: side('0cfbf08886fca9a91cb753ec8734c84fcbe52c9f', 'thrust 2\n'),
          theirs: side('00750edc07d6415dcc07ae0351e9397b0222b7ba', 'thrust 3\n'),
          merged: null,
        },
      ],
    },
  })

export function toConflictsJson({ conflicts, isTruncated }: Conflicts): z.output<typeof ConflictsJson> {
  const files = conflicts.flatMap(({ path }) => (path === '' ? [] : [path]))
  return {
    hasConflicts: conflicts.length > 0,
    ...(isTruncated ? { truncated: true as const } : {}),
    conflictingFiles: [...new Set(files)],
    conflicts: conflicts.map((conflict) => ({ ...conflict })),
  }
}

function side(sha: string, content: string) {
  return { sha, mode: '100644', content, encoding: 'utf-8' } as const satisfies Omit<Side, 'sha'> & {
    sha: string
  }
}
