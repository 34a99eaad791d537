/** Webhooks of a stage, and what their receivers are sent. */
import type { Stage } from './rest.ts'

/** Lets webhooks reach receivers of the tests. */
export const HOOKS_TO_LOOPBACK = { SLUICE_OUTBOUND_ALLOW: '127.0.0.1' }

export interface MadeHook {
  /** Path of it. */
  readonly at: string
  readonly id: string
  readonly secret: string
}

/** `POST …/hooks` by the owner. @param at path of the hooks of a repository or an organisation */
export async function makeHook(server: Stage, at: string, fields: object): Promise<MadeHook> {
  const made = await server.ask('owner', 'POST', at, fields)
  if (made.status !== 201) throw new Error(`POST ${at}: ${made.status} ${made.text}`)
  return { at: `${at}/${made.json.id}`, id: made.json.id, secret: made.json.secret }
}

/** A commit by REST: one push event. */
export async function push(server: Stage, repo: string, branch = 'main', path = 'a.txt'): Promise<string> {
  const content = `${branch} ${path} ${performance.now()}`
  const changes = [{ path, action: 'put', content, encoding: 'utf-8' }]
  const body = { branch, message: 'one', changes }
  const answer = await server.ask('owner', 'POST', `/repos/${server.org}/${repo}/commits`, body)
  if (answer.status !== 201) throw new Error(`POST commits: ${answer.status} ${answer.text}`)
  return answer.json.sha as string
}
