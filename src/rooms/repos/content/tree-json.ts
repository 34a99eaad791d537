/** An entry of a directory as the REST API shows it. */
import { z } from 'zod'
import type { ListedEntry } from '../../../git/objects/list-tree.ts'
import { CommitJson } from '../../../http/git-json.ts'

export const TreeEntryJson = z
  .object({
    name: z.string().meta({ description: 'as UTF-8; bytes that are none show as U+FFFD' }),
    path: z.string().meta({ description: 'from the root, never quoted' }),
    entryType: z.enum(['blob', 'tree', 'commit', 'symlink']).meta({ description: '`commit`: a submodule' }),
    mode: z.enum(['100644', '100755', '120000', '040000', '160000']),
    sha: z.string(),
    size: z.number().nullable().meta({ description: 'bytes; `null` for directories and submodules' }),
    lastCommit: CommitJson.nullable()
      .optional()
      .meta({ description: 'with `lastCommit=true`; `null` when it could not be found in time: ask again' }),
  })
  .meta({
    example: {
      name: 'mill.ts',
      path: 'src/mill.ts',
      entryType: 'blob',
      mode: '100644',
      sha: '5b1d3c5a7e8f90123456789abcdef0123456789a',
      size: 1815,
    },
  })

export type TreeEntryJson = z.output<typeof TreeEntryJson>

export function toTreeEntryJson({ entry, path, size }: ListedEntry): TreeEntryJson {
  const { name, mode, oid, type } = entry
  return { name, path, entryType: mode === '120000' ? 'symlink' : type, mode, sha: oid, size }
}
