/** One answer of any size, read and thrown away: what a client would have to do with it is not measured. */
import { request } from 'node:http'

export interface WholeAnswer {
  readonly bytes: number
  /** Of the body: the last ones tell whether a pack came to its end. */
  readonly last: Buffer
}

export interface Wanted {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
}

const LAST_BYTES = 4

/** @throws Error on any status but 200, and when the answer ends early */
export function readWhole(url: string, { method, headers, body }: Wanted): Promise<WholeAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false, method, headers })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      let [bytes, last] = [0, Buffer.alloc(0)]
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        last = Buffer.from(Buffer.concat([last, chunk.subarray(-LAST_BYTES)]).subarray(-LAST_BYTES))
      })
      response.on('end', () => {
        if (response.statusCode === 200) resolve({ bytes, last })
        else reject(new Error(`${method} ${new URL(url).pathname}: ${response.statusCode}`))
      })
    })
    outgoing.end(body)
  })
}
