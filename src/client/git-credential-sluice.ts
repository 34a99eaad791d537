#!/usr/bin/env node
/**
 * `git credential-sluice`: git's credential helper. This file is the process; what it does is in
 * credential-helper/.
 *
 * @see gitcredentials(7), CUSTOM HELPERS
 */
import { isatty } from 'node:tty'
import { text } from 'node:stream/consumers'
import { runCredentialHelper } from './credential-helper/run.ts'

const { code, stdout, stderr } = await runCredentialHelper({
  argv: process.argv.slice(2),
  env: process.env,
  input: () => text(process.stdin),
  isTerminal: isatty(1),
})
process.stderr.write(stderr)
process.stdout.write(stdout)
process.exitCode = code
