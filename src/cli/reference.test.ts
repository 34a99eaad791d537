import { readFileSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { format } from 'prettier'
import { expect, test } from 'vitest'
import { buildProgram } from './program.ts'
import { renderReference } from './reference.ts'
import { Cli } from './session.ts'
import { processTerminal } from './terminal.ts'

const PAGE = new URL('../../docs/cli.md', import.meta.url)
const program = () => buildProgram(new Cli({ ...processTerminal(), env: {} }), { json: false })

function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)]
}

test('docs/cli.md says what the command does; UPDATE_DOCS=1 writes it', async () => {
  const page = await format(renderReference(program()), { parser: 'markdown' })
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, page)
  expect(readFileSync(PAGE, 'utf8')).toBe(page)
})

test('every command says in one line what it does', () => {
  const silent = commandsOf(program()).filter((command) => command.parent && command.summary() === '')
  expect(silent.map((command) => command.name()).filter((name) => name !== 'help')).toEqual([])
})

test('descriptions are not broken anew where a terminal is 100 columns wide', () => {
  const lines = (command: Command) => command.description().split('\n')
  const wide = commandsOf(program()).filter(
    (command) => lines(command).length > 1 && lines(command).some((line) => line.length > 100),
  )
  expect(wide.map((command) => command.name())).toEqual([])
})

test('no option takes a token or another secret', () => {
  const options = commandsOf(program()).flatMap((command) => command.options)
  const named = options.filter(
    ({ long, required, optional }) => (required || optional) && /secret|token|password/.test(long ?? ''),
  )
  expect(named.map(({ flags }) => flags)).toEqual(['--token-file <path>', '--actor-token-file <path>'])
})
