/**
 * Sends what a stock git sends, without being one: the same requests in the same order, packs prepared.
 * It checks every answer, as git would, but unpacks none.
 *
 * @see gitprotocol-http(5), gitprotocol-v2(5), gitprotocol-pack(5)
 */
import { openHttpClient, type HttpClient } from '../measure/http.ts'
import type { MadeCommit } from './commit-line.ts'
import type { AgentPlace, LoadClient } from './load-client.ts'
import { checkReport, findAdvertised, updateRequest, ZERO_OID } from './push-wire.ts'
import { checkPack, fetchRequest, headIn, listRequest } from './fetch-wire.ts'

/** As forgemark: a request that takes longer has failed. */
const SILENCE_MS = 120_000

/** @param headers with the credential */
export function openProtocolClient(
  origin: string,
  headers: Readonly<Record<string, string>>,
  { path, shallow }: AgentPlace,
): LoadClient {
  const client = openHttpClient(origin, SILENCE_MS)
  const ask = requestsOf(client, path, headers)
  const update = async (ref: string, newOid: string, pack: Buffer, isShallow: boolean) => {
    const advertised = await ask.advertisement('git-receive-pack')
    const oldOid = findAdvertised(advertised, ref)
    const body = updateRequest({ ref, oldOid, newOid, pack, shallow: isShallow ? shallow : null })
    checkReport(await ask.post('git-receive-pack', body), ref)
  }
  return {
    prepare: async () => {},
    push: (ref, { oid, pack }: MadeCommit) => update(ref, oid, pack, true),
    remove: (ref) => update(ref, ZERO_OID, Buffer.alloc(0), false),
    clone: async () => {
      await ask.advertisement('git-upload-pack')
      const tip = headIn(await ask.post('git-upload-pack', listRequest()))
      checkPack(await ask.post('git-upload-pack', fetchRequest(tip)))
    },
    [Symbol.asyncDispose]: async () => client[Symbol.dispose](),
  }
}

type Service = 'git-upload-pack' | 'git-receive-pack'

function requestsOf(client: HttpClient, path: string, headers: Readonly<Record<string, string>>) {
  /** Pushes have no version 2. */
  const fieldsOf = (service: Service) =>
    service === 'git-upload-pack' ? { ...headers, 'git-protocol': 'version=2' } : headers
  return {
    advertisement: (service: Service) =>
      client.send({
        method: 'GET',
        path: `${path}/info/refs?service=${service}`,
        headers: fieldsOf(service),
      }),
    post: (service: Service, body: Buffer) =>
      client.send({
        method: 'POST',
        path: `${path}/${service}`,
        headers: { ...fieldsOf(service), 'content-type': `application/x-${service}-request` },
        body,
      }),
  }
}
