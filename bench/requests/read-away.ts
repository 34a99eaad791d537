/** A file over HTTP, read and thrown away. */
import { get, type IncomingMessage } from 'node:http'

/** @returns its bytes @throws Error on any status but 200, and when it is cut */
export async function readAway(url: string): Promise<number> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent: false }, resolve).on('error', reject)
  })
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.length
  if (response.statusCode === 200) return bytes
  throw new Error(`GET ${new URL(url).pathname}: ${response.statusCode}`)
}
