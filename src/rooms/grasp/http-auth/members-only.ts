/**
 * The door of a private service: whoever is no member learns nothing behind it, not even what is there. Stands before
 * every route, so that no repository is looked up for a stranger. @see GRASP-08
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readCredential } from '../../../http/credentials.ts'
import type { Verifier } from '../../../kernel/credential.ts'
import { AppError } from '../../../kernel/errors.ts'
import { isSignersPath } from './repository-path.ts'

/** The second is for git alone, which sends a password only where one is asked for; a browser would ask its user. */
const CHALLENGE = 'Nostr method="GET"'
const GIT_CHALLENGES = [CHALLENGE, 'Basic realm="sluice"']
const GIT_ENDPOINT = /\/(?:info\/refs|git-upload-pack|git-receive-pack)(?:\?|$)/

export function membersOnly(app: FastifyInstance, verify: Verifier): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!isSignersPath(request.url) || request.method === 'OPTIONS') return
    if (!(await isMember(request, verify))) return refuse(request, reply)
  })
}

async function isMember({ raw, url, ip }: FastifyRequest, verify: Verifier): Promise<boolean> {
  try {
    const credential = readCredential(raw)
    const principal = credential && (await verify(credential, { address: ip, target: url }))
    return principal?.welcome === true
  } catch (err) {
    if (err instanceof AppError && err.code === 'INVALID_CREDENTIAL') return false
    throw err
  }
}

/** The same to all. */
function refuse({ url }: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(401)
    .headers({
      'www-authenticate': GIT_ENDPOINT.test(url) ? GIT_CHALLENGES : CHALLENGE,
      'cache-control': 'no-store',
    })
    .send()
}
