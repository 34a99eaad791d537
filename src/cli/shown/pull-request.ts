/** A pull request of the API, as far as it is shown. */
import type { PullRequest } from '../../client/operations.ts'
import type { Column } from '../table.ts'

const NUMBER: Column<PullRequest> = { title: 'number', value: ({ number }) => number }
const TITLE: Column<PullRequest> = { title: 'title', value: ({ title }) => title, flexible: true }
const STATUS: Column<PullRequest> = { title: 'status', value: ({ status }) => status }
/** What was pushed to the target has no branch, and is fetched by this. */
const SOURCE: Column<PullRequest> = {
  title: 'source',
  value: ({ sourceBranch, number }) => sourceBranch ?? `refs/pull/${number}/head`,
}
const TARGET: Column<PullRequest> = { title: 'target', value: ({ targetBranch }) => targetBranch }
const UPDATED: Column<PullRequest> = { title: 'updated', value: ({ updatedAt }) => updatedAt }

export const PULL_REQUESTS = [NUMBER, STATUS, TITLE, SOURCE, TARGET, UPDATED]

export const PULL_REQUEST: readonly Column<PullRequest>[] = [
  NUMBER,
  TITLE,
  STATUS,
  SOURCE,
  TARGET,
  { title: 'source commit', value: ({ sourceSha }) => sourceSha },
  { title: 'merged as', value: ({ mergeCommitSha }) => mergeCommitSha },
  { title: 'author', value: ({ authorId }) => authorId },
  { title: 'created', value: ({ createdAt }) => createdAt },
  UPDATED,
  { title: 'description', value: ({ description }) => description },
]
