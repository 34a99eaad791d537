#!/usr/bin/env node
/**
 * `git remote-sluice <remote> <url>`: git's way to `sluice://` remotes. This file is the process; what
 * it does is in remote-helper/.
 *
 * @see gitremote-helpers(7), INVOCATION
 */
import { tmpdir } from 'node:os'
import { isatty } from 'node:tty'
import { credentialFor } from './credential-helper/credential-for.ts'
import { HelperError, shown } from './credential-helper/helper-error.ts'
import { environmentWithoutToken, helperSettings } from './credential-helper/settings.ts'
import { parseRemoteAddress } from './remote-helper/address.ts'
import { ByteInput } from './remote-helper/byte-input.ts'
import { ByteOutput } from './remote-helper/byte-output.ts'
import { GitSession } from './remote-helper/git-session.ts'
import { Connections } from './remote-helper/http-request.ts'
import { defaultOptions } from './remote-helper/options.ts'
import { runRemoteHelper } from './remote-helper/run.ts'

/** git's own for "fatal". */
const FATAL = 128

async function main(): Promise<number> {
  const [, url] = process.argv.slice(2)
  if (url === undefined) throw new HelperError('git calls this; clone sluice://<host>/<org>/<repo>')
  const address = parseRemoteAddress(url)
  const settings = helperSettings({}, process.env)
  const options = defaultOptions(isatty(2))
  const connections = new Connections()
  const session = new GitSession({
    address,
    connections,
    options,
    credentialOf: (service) => {
      const action = service === 'git-upload-pack' ? 'repo:pull' : 'repo:push'
      return credentialFor(settings, { url: address.base.replace(/\.git$/, ''), action })
    },
  })
  try {
    return await runRemoteHelper({
      input: new ByteInput(process.stdin),
      output: new ByteOutput(process.stdout),
      session,
      options,
      env: environmentWithoutToken(settings),
      directory: process.env['GIT_DIR'] ?? tmpdir(),
      terminal: process.stderr,
    })
  } finally {
    connections.close()
  }
}

process.exitCode = await main().catch((err: unknown) => {
  process.stderr.write(`fatal: ${shown(err)}\n`)
  return FATAL
})
process.stdin.destroy() // git may keep it open
