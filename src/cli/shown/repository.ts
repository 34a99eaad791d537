/** A repository of the API, as far as it is shown. */
import type { Repository } from '../../client/operations.ts'
import type { Column } from '../table.ts'

const NAME: Column<Repository> = { title: 'name', value: ({ orgSlug, slug }) => `${orgSlug}/${slug}` }
const VISIBILITY: Column<Repository> = { title: 'visibility', value: ({ visibility }) => visibility }
const PUSHED: Column<Repository> = { title: 'pushed', value: ({ pushedAt }) => pushedAt }
const ID: Column<Repository> = { title: 'id', value: ({ id }) => id }
const DESCRIPTION: Column<Repository> = {
  title: 'description',
  value: ({ description }) => description,
  flexible: true,
}

export const REPOSITORIES: readonly Column<Repository>[] = [NAME, VISIBILITY, PUSHED, DESCRIPTION, ID]

export const REPOSITORY: readonly Column<Repository>[] = [
  NAME,
  ID,
  DESCRIPTION,
  VISIBILITY,
  { title: 'default branch', value: ({ defaultBranch }) => defaultBranch },
  { title: 'object format', value: ({ objectFormat }) => objectFormat },
  { title: 'archived', value: ({ archived }) => archived },
  { title: 'protected push', value: ({ protectedPush }) => protectedPush },
  { title: 'clone', value: ({ cloneUrl }) => cloneUrl },
  { title: 'bytes', value: ({ sizeBytes }) => sizeBytes },
  PUSHED,
  { title: 'created', value: ({ createdAt }) => createdAt },
  { title: 'expires', value: ({ expiresAt }) => expiresAt },
]
