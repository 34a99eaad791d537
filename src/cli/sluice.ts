#!/usr/bin/env node
/** `sluice`: the process. What it does is in run.ts. */
import { EXITS } from './exit-codes.ts'
import { run } from './run.ts'
import { processTerminal } from './terminal.ts'

// A reader that has seen enough, such as head(1), is no failure.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (err: NodeJS.ErrnoException) => {
    if (err.code !== 'EPIPE') throw err
    process.exit(EXITS.ok.code)
  })
process.on('SIGINT', () => process.exit(EXITS.interrupted.code))

process.exitCode = await run(process.argv.slice(2), processTerminal())
