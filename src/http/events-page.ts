/** docs/events.md, from the table of event types. A test fails while the two differ. */
import { actionToSee } from '../kernel/event-sight.ts'
import { EVENT_TYPES, type EventTypeEntry } from '../kernel/event-types.ts'

const HEAD = `# Events

Whatever changes on the server writes one event into its log, in the transaction of the change. The log is read by \`GET /repos/{org}/{repo}/events\` and \`GET /admin/events\` (newest first), by the streams \`GET /repos/{org}/{repo}/events/stream\` and \`GET /events\`, and by webhooks. Everywhere an event has this shape:

\`\`\`json
{
  "id": "0199c0de-0000-7000-8000-0000000000e1",
  "eventType": "repo.collaborator_added",
  "actorId": "0199c0de-0000-7000-8000-00000000000a",
  "agentId": null,
  "repoId": "0199c0de-0000-7000-8000-000000000001",
  "targetId": "0199c0de-0000-7000-8000-00000000000b",
  "metadata": { "role": "writer" },
  "createdAt": "2026-01-02T03:04:05.678Z"
}
\`\`\`

\`actorId\` is the account on whose standing it was done (\`null\`: the server itself, or time), \`agentId\` the agent that did it, \`targetId\` what it was done to. Members of \`metadata\` are left out, or \`null\`, where there is nothing to say; new ones may be added. An event that is delivered again has the same \`id\`.

**Seen by** says what one must be allowed to do with the repository: \`read\` it, or own it (\`admin\`). What is about no repository is for administrators of the server only.

| type | what has happened | seen by | \`targetId\` | \`metadata\` |
| --- | --- | --- | --- | --- |
`

const DENIED_HEAD = `
## What was refused

These have \`"denied": true\` and stand in audits only: no stream, webhook, feed or mirror hears of them. \`?denied=true\` lists nothing else, \`?denied=false\` leaves them out. They are written within a second. What one account, or one network that nobody is signed in from, is refused over and over about one repository is counted, and told once more at the end of the minute: \`times\` says how often, \`firstAt\` since when. Beyond 50 repositories a minute one party's denials are told of none of them: administrators see those. Nothing of a credential is in them.

| type | what has happened | \`metadata\` |
| --- | --- | --- |
`

const DETAILS = `
## A push

\`\`\`json
{
  "pushId": "0199c0de-0000-7000-8000-0000000000f1",
  "via": "git",
  "refs": [
    {
      "ref": "refs/heads/main",
      "oldOid": "1f0e3dad99908345f7439f8ffabdffc4a1b2c3d4",
      "newOid": "9b74c9897bac770ffc029102a200c5de5f0a1b2c",
      "kind": "update",
      "commits": [
        {
          "sha": "9b74c9897bac770ffc029102a200c5de5f0a1b2c",
          "message": "change a.txt",
          "author": { "name": "Ada", "email": "ada@example.org" }
        }
      ],
      "total": 1
    }
  ],
  "pushOptions": []
}
\`\`\`

\`via\` is \`git\`, \`api\`, \`merge\`, \`upstream\` or \`nostr\`; \`kind\` is \`create\`, \`update\`, \`force\` or \`delete\`. \`commits\` are those of exactly old..new, newest first, at most 20 a ref and 1 MiB of JSON in all; \`total\` counts all. \`headMovedTo\` is the branch that became the default one, as the first of an empty repository; \`recovered\` marks an event that was written by the start after a crash.
`

/** Generated from \`src/kernel/event-types.ts\`; \`UPDATE_DOCS=1\` makes the test write it. */
export function renderEventsPage(): string {
  const types: readonly (readonly [string, EventTypeEntry])[] = Object.entries(EVENT_TYPES)
  const happened = types
    .filter(([, entry]) => !entry.denied)
    .map(([type, { about, target, data }]) =>
      row(code(type), about, code(actionToSee(type)), target, list(data)),
    )
  const denied = types
    .filter(([, entry]) => entry.denied)
    .map(([type, { about, data }]) => row(code(type), about, list(data)))
  return `${HEAD}${happened.join('')}${DENIED_HEAD}${denied.join('')}${DETAILS}`
}

function list(names: readonly string[]): string {
  return names.map(code).join(', ')
}

function code(text: string): string {
  return `\`${text}\``
}

function row(...cells: string[]): string {
  return `| ${cells.join(' | ')} |\n`
}
