/** isomorphic-git as a client. Reads one command a line from stdin, answers one line: see ../foreign-client.ts. */
import fs from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import git from 'isomorphic-git'
import http from 'isomorphic-git/http/node'

const [url, token, dir] = process.argv.slice(2)
const author = { name: 'Isomorphic', email: 'isomorphic@example.test' }
const remote = { fs, http, dir, url, onAuth: () => ({ username: 'x', password: token }) }
const head = () => git.resolveRef({ fs, dir, ref: 'HEAD' })

const verbs = {
  clone: async () => {
    await git.clone(remote)
    return head()
  },
  commit: async (name, text) => {
    fs.writeFileSync(join(dir, name), text)
    await git.add({ fs, dir, filepath: name })
    return git.commit({ fs, dir, author, message: 'by isomorphic-git' })
  },
  push: async (refspec) => {
    const [from, to] = refspec.split(':')
    const what = from === '' ? { ref: 'HEAD', remoteRef: to, delete: true } : { ref: from, remoteRef: to }
    await git.push({ ...remote, ...what })
    return ''
  },
  fetch: async (ref) => {
    await git.fetch({ ...remote, remote: 'origin' })
    return git.resolveRef({ fs, dir, ref: ref.replace('refs/heads/', 'refs/remotes/origin/') })
  },
  tag: async (name) => {
    await git.annotatedTag({ fs, dir, ref: name, message: 'a tag', tagger: author })
    return ''
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, ...args] = line.split('\t')
  try {
    console.log('ok', await verbs[verb](...args))
  } catch (err) {
    const reasons = JSON.stringify(err.data ?? {})
    console.log('error', `${err.message} ${reasons}`.replaceAll('\n', ' '))
  }
}
