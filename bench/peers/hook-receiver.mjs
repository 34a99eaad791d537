/**
 * Somebody who is told of events by webhooks: reads each request to its end, answers 204, and believes
 * everything. Loopback only.
 *
 * Prints the port it listens on, and `heard <number>` whenever nothing has come for a moment.
 */
import { createServer } from 'node:http'

const QUIET_MS = 20

let heard = 0
const tell = () => console.log(`heard ${heard}`)
let quiet = null

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => {
    response.writeHead(204).end()
    heard++
    if (quiet === null) quiet = setTimeout(tell, QUIET_MS)
    else quiet.refresh()
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`))
