/** The body of `POST …/commits`. */
import { z } from 'zod'
import { isWellFormed } from '../../../git/writing/path-rules.ts'
import { cleaned } from '../../../kernel/identity.ts'
import { NewRefName } from '../refs/names.ts'
import { Changes } from './change-schema.ts'

const MAX_MESSAGE_BYTES = 64 * 1024
const MAX_NAME_CHARS = 256

const Text = z.string().refine(isWellFormed, { error: 'is not well-formed Unicode' })

const Message = Text.refine((text) => text.trim() !== '', { error: 'must not be empty' })
  .refine((text) => !text.includes('\0'), { error: 'holds a NUL' })
  .refine((text) => Buffer.byteLength(text) <= MAX_MESSAGE_BYTES, {
    error: `must not be longer than ${MAX_MESSAGE_BYTES} bytes`,
  })
  .meta({ description: 'white space at its end becomes one line feed, all else stays as it is' })

/** Without what git leaves out of a name. */
const NamePart = Text.max(MAX_NAME_CHARS)
  .transform(cleaned)
  .refine((name) => name !== '', { error: 'holds nothing that git keeps in a name' })

const Author = z.object({
  name: NamePart,
  email: NamePart.transform((email) => email.replace(/\s/g, '')),
  date: z.iso
    .datetime({ offset: true })
    .refine((date) => Date.parse(date) >= 0, { error: 'is before 1970, which git cannot write' })
    .optional()
    .meta({
      description: 'now, if absent; its offset from UTC is kept',
      example: '2026-07-01T09:30:00+02:00',
    }),
})

const ExpectedHead = z
  .string()
  .toLowerCase()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'is not an object id')
  .nullable()

const StartPoint = z.string()

export const CommitBody = z
  .object({
    branch: NewRefName.refine(isWellFormed, { error: 'is not well-formed Unicode' }),
    expectedHead: ExpectedHead.optional().meta({
      description:
        'the commit that the branch must be at, else 412; `null`: the branch must not exist. If absent, the commit is made on top of whatever is there',
    }),
    startPoint: StartPoint.optional().meta({
      description:
        'branch, tag or object id at which a branch that does not exist begins. If absent, it begins at the head of the default branch, or, where there is none, with this commit. 409 if the branch exists',
    }),
    start_point: StartPoint.optional().meta({ description: 'the same, as older clients name it' }),
    message: Message,
    author: Author.optional().meta({
      description: 'the caller, if absent; the caller is always the committer',
    }),
    changes: Changes,
  })
  .meta({
    example: {
      branch: 'main',
      message: 'Add a page, drop a draft',
      changes: [
        { action: 'put', path: 'docs/page.md', content: '# Page\n' },
        { action: 'put', path: 'docs/dot.png', content: 'iVBORw0KGgo=', encoding: 'base64' },
        { action: 'delete', path: 'drafts/page.md' },
        { action: 'move', from: 'notes', path: 'docs/notes' },
      ],
    },
  })

export const CommitResult = z
  .object({
    sha: z.string(),
    parent: z.string().nullable().meta({ description: '`null` for the first commit of a history' }),
    branch: z.string(),
  })
  .meta({
    id: 'LandedCommit',
    example: {
      sha: '1f7a7a472abf3dd9643fd615f6da379c4acb3e3a',
      parent: '83baae61804e65cc73a7201a7252750c76066a30',
      branch: 'main',
    },
  })
