/** Asks the issuer for a token, by way of the store that it shares with others, and prints it. */
import { CredentialCache } from '../../../src/client/index.ts'
import type { IssuedToken } from '../../../src/client/index.ts'
import { DiskStore } from '../../../src/client/node.ts'

const [, , path = '', issuer = ''] = process.argv
const cache = new CredentialCache({
  exchange: async (_audience, _action, signal) =>
    (await (await fetch(issuer, { signal })).json()) as IssuedToken,
  store: new DiskStore({ path, identity: 'somebody' }),
})
process.stdout.write('ready\n')
process.stdout.write(`${await cache.token('https://git.example.test', 'repo:pull')}\n`)
