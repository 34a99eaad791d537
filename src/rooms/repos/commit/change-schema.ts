/** One change of `POST …/commits`, and what a list of them may not hold. */
import { z } from 'zod'
import { changeConflicts } from '../../../git/writing/change-conflicts.ts'
import { isReadByGit } from '../../../git/writing/dot-git.ts'
import { pathFault } from '../../../git/writing/path-rules.ts'
import { contentFault } from './content.ts'

export const MAX_CHANGES = 1_000

const OID = /^(?!0+$)(?:[0-9a-f]{40}|[0-9a-f]{64})$/

const Path = z
  .string()
  .check(({ value, issues }) => {
    const message = pathFault(value)
    if (message !== null) issues.push({ code: 'custom', message, input: value, continue: true })
  })
  .meta({ description: 'from the root of the repository, parted by slashes' })

const Put = z
  .strictObject({
    action: z.literal('put'),
    path: Path,
    content: z.string().meta({
      description: 'of the file; the target of a link; the commit of a submodule. It may be empty',
    }),
    encoding: z.enum(['utf-8', 'base64']).default('utf-8'),
    mode: z
      .enum(['100644', '100755', '120000', '160000'])
      .optional()
      .meta({ description: 'file, executable, link, submodule; a file that is there keeps its own' }),
  })
  .check(({ value, issues }) => {
    for (const { field, message } of putFaults(value))
      issues.push({ code: 'custom', message, path: [field], input: value, continue: true })
  })
  .meta({ description: 'Makes or replaces one file. Directories are made as needed' })

const Delete = z
  .strictObject({ action: z.literal('delete'), path: Path })
  .meta({ description: 'Removes a file, or a directory with all below it' })

const Move = z
  .strictObject({ action: z.literal('move'), from: Path, path: Path })
  .meta({ description: 'Moves a file, or a directory with all below it, to where nothing is. Modes stay' })

const Change = z.discriminatedUnion('action', [Put, Delete, Move])

export type ChangeBody = z.output<typeof Change>

/** What is wrong with the list is told together with what is wrong with its members. */
export const Changes = z
  .array(Change)
  .min(1)
  .max(MAX_CHANGES)
  .superRefine(
    (changes: readonly unknown[], context) => {
      if (changes.length > MAX_CHANGES) return
      for (const { change, field, message } of changeConflicts(changes.map(pathsOf)))
        context.addIssue({ code: 'custom', message, path: [change, field] })
    },
    { when: ({ value }) => Array.isArray(value) },
  )
  .meta({
    description:
      'Done at once, whatever their order: first all that is deleted or moved away goes, then all else comes. No path may be named twice.',
  })

function putFaults({ path, content, encoding, mode }: z.output<typeof Put>) {
  const faults: { field: 'content' | 'mode'; message: string }[] = []
  const wrong = contentFault({ content, encoding })
  if (wrong !== null) faults.push({ field: 'content', message: wrong })
  if (mode === '120000' && isReadByGit(path.slice(path.lastIndexOf('/') + 1)))
    faults.push({ field: 'mode', message: 'must not be a link: git reads this file itself' })
  if (mode === '120000' && (content === '' || content.includes('\0')))
    faults.push({ field: 'content', message: 'must be the target of a link' })
  if (mode === '160000' && (encoding !== 'utf-8' || !OID.test(content)))
    faults.push({ field: 'content', message: 'must be the object id of a commit' })
  return faults
}

/** Of a member that may be anything; one without a path is in nobody's way. */
function pathsOf(change: unknown) {
  const { action, path, from } = (change ?? {}) as Readonly<Record<string, unknown>>
  return {
    path: typeof path === 'string' ? path : null,
    from: typeof from === 'string' ? from : null,
    removes: action === 'delete',
  }
}
