/**
 * A server that starts one git for every request, as simple ones do: tree, blob, diff and the list of commits,
 * answered in the shape of our own API. No authentication, no check of what it is asked, loopback only.
 *
 * Its one argument is a bare repository; it prints the port it listens on.
 */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { promisify } from 'node:util'

const [, , repository] = process.argv
const run = promisify(execFile)

const COMMIT_FIELDS = ['%H', '%an', '%ae', '%cn', '%ce', '%B', '%cI', '%P'].join('%x00')

async function git(...args) {
  const { stdout } = await run('git', args, { cwd: repository, encoding: 'buffer', maxBuffer: 1 << 26 })
  return stdout
}

async function tree(path) {
  const out = await git('ls-tree', '-l', '-z', `main:${path}`)
  return splitNul(out).map((line) => {
    const [, mode, entryType, sha, size, name] = /^(\d+) (\w+) (\w+) +(\S+)\t(.*)$/s.exec(line)
    const whole = path === '' ? name : `${path}/${name}`
    return { name, path: whole, entryType, mode, sha, size: size === '-' ? null : Number(size) }
  })
}

/** The id of the blob would be one more process. */
async function blob(path) {
  const bytes = await git('cat-file', 'blob', `main:${path}`)
  const isBinary = bytes.includes(0)
  const encoding = isBinary ? 'base64' : 'utf-8'
  return { content: bytes.toString(isBinary ? 'base64' : 'utf8'), encoding, size: bytes.length, isBinary }
}

async function commits(limit) {
  const out = await git('log', '-z', `-${limit}`, `--format=${COMMIT_FIELDS}`, 'main')
  const fields = splitNul(out)
  const width = COMMIT_FIELDS.split('%x00').length
  return Array.from({ length: fields.length / width }, (_, at) => {
    const [sha, authorName, authorEmail, committerName, committerEmail, message, timestamp, parents] =
      fields.slice(at * width, (at + 1) * width)
    const parentShas = parents.split(' ').filter((parent) => parent !== '')
    return { sha, authorName, authorEmail, committerName, committerEmail, message, timestamp, parentShas }
  })
}

/** The patch of each file; counts and names are in it. */
async function diff() {
  const patch = (await git('diff-tree', '-r', '-M', '--no-commit-id', '--patch', 'main')).toString('utf8')
  return patch
    .split(/^(?=diff --git )/m)
    .filter((part) => part !== '')
    .map((part) => ({
      path: /^\+\+\+ b\/(.*)$/m.exec(part)?.[1],
      patch: part.slice(part.indexOf('\n@@') + 1),
    }))
}

function splitNul(bytes) {
  const fields = bytes.toString('utf8').split('\0')
  return fields.at(-1) === '' ? fields.slice(0, -1) : fields
}

function answer(url) {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const [, , , , what, , ...path] = pathname.split('/') // /repos/{org}/{repo}/{what}/main/{path}
  if (what === 'tree') return tree(path.join('/'))
  if (what === 'blob') return blob(path.join('/'))
  if (pathname.endsWith('/diff')) return diff()
  return commits(Number(searchParams.get('limit')))
}

const server = createServer((request, response) => {
  answer(request.url).then(
    (value) => {
      const body = Buffer.from(JSON.stringify(value))
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
      response.end(body)
    },
    (err) => response.writeHead(500).end(String(err)),
  )
})
server.keepAliveTimeout = 0 // clients take turns with those of another server
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`))
