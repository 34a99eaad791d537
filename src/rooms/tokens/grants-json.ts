/** What a token allows, in the words that would ask for it, as the REST API shows it. */
import { z } from 'zod'
import { layersOf } from '../../kernel/access.ts'
import { wordsOfGrants } from '../../kernel/granting/words-of-grants.ts'
import type { Grants } from '../../kernel/grants.ts'

const Words = z.object({ scope: z.string(), authorizationDetails: z.array(z.unknown()) })

export const GrantsJson = Words.extend({
  within: z.array(Words).meta({ description: 'of the tokens that it was minted from; all must allow' }),
})

/** @param surfaceOrg slug of the organisation whose repositories are served under `/git/<name>` */
export function grantsJson(grants: Grants, surfaceOrg: string): z.output<typeof GrantsJson> {
  const [own = grants, ...within] = layersOf(grants)
  return { ...wordsJson(own, surfaceOrg), within: within.map((layer) => wordsJson(layer, surfaceOrg)) }
}

function wordsJson(grants: Grants, surfaceOrg: string): z.output<typeof Words> {
  const { scope, authorizationDetails } = wordsOfGrants(grants, surfaceOrg)
  return { scope, authorizationDetails: [...authorizationDetails] }
}
